// What an owner does at one relay: manages it, makes and ends the keys of senders, looks after heartbeats, sees what goes on.
import type {
  ActivityPage,
  AlertInfo,
  AnswerInfo,
  AppChannels,
  AppEvent,
  AppInfo,
  BeatInfo,
  DeviceInfo,
  KeyInfo,
  KeyUseInfo,
  LogLineInfo,
  MadeKeyInfo,
  NamedKeyUse,
  NodeList,
  RouteHealth,
} from '../../../../shared/api.ts';
import type { QuietHours } from '../../../../shared/quiet.ts';
import type {
  CustomTemplate,
  LastPayload,
  SenderTest,
  TemplateList,
  TemplatePreview,
} from '../../../../shared/templates.ts';

/** Settings of a key, as /v1/keys takes them. A null takes one away. */
export type SenderSettings = Readonly<Record<string, unknown>>;

/** When signs of a heartbeat are expected, as texts such as `24h`. */
export type BeatTimes = Readonly<Partial<Record<'every' | 'cron' | 'tz' | 'grace', string>>>;

/** Which messages of the activity to show. */
export interface ActivityFilter {
  readonly sender?: string | undefined;
  readonly target?: string | undefined;
  readonly status?: 'waiting' | 'held' | 'received' | 'failed' | undefined;
}

/** An owner at one relay. Methods reject only with an ActionError. */
export interface Owner {
  /** Whether this device manages the relay. */
  manages(): Promise<boolean>;
  /** Lets this device manage the relay. @param shown the relay's token, or a code of `herald pair --owner`; it is not kept */
  manage(shown: string): Promise<void>;
  /** Takes from a device the right to manage the relay. */
  endManage(name: string): Promise<void>;
  devices(): Promise<readonly DeviceInfo[]>;

  senders(): Promise<readonly KeyInfo[]>;
  createSender(name: string, settings: SenderSettings): Promise<MadeKeyInfo>;
  changeSender(name: string, settings: SenderSettings): Promise<KeyInfo>;
  /** Gives a sender a new key. @param keep how long the old one stays good, in ms */
  rotateSender(name: string, keep: number): Promise<MadeKeyInfo>;
  removeSender(name: string): Promise<void>;
  /** Tells each use of a sender's key that comes after `since`, in ms since 1970. @returns a function that ends this */
  followUses(name: string, since: number, tell: (use: KeyUseInfo) => void): () => void;

  /** Tells each use of any key from now on. @returns a function that ends this */
  followAllUses(tell: (use: NamedKeyUse) => void): () => void;
  /** Has the relay send itself what a kind of sender sends. @param key the text of the sender's key */
  testSender(name: string, tool: string, key: string): Promise<SenderTest>;
  /** The last webhook that came with the key of a sender; null if there is none. */
  lastPayload(name: string): Promise<LastPayload | null>;

  templates(): Promise<TemplateList>;
  saveTemplate(name: string, template: CustomTemplate): Promise<void>;
  removeTemplate(name: string): Promise<void>;
  /** What a template makes of a payload. @param sender the name of the key with which it came */
  previewTemplate(template: CustomTemplate, payload: unknown, sender: string): Promise<TemplatePreview>;

  beats(): Promise<readonly BeatInfo[]>;
  changeBeat(id: string, times: BeatTimes): Promise<void>;
  /** Stops the alarms of a heartbeat until its next sign. */
  pauseBeat(id: string): Promise<void>;
  removeBeat(id: string): Promise<void>;

  /** Messages with the latest first. @param before the `last` of the page before */
  activity(filter: ActivityFilter, before?: string): Promise<ActivityPage>;
  /** Sends a message again to a device for which it has failed. */
  sendAgain(mid: string, device: string): Promise<void>;
  routes(): Promise<readonly RouteHealth[]>;
  /** What is open now, over all devices. */
  open(): Promise<{ readonly alerts: readonly AlertInfo[]; readonly questions: readonly AnswerInfo[] }>;
  /** Changes the name or the groups of any device. A new name ends what the device has with the old one. */
  changeDevice(name: string, change: { readonly name?: string; readonly groups?: readonly string[] }): Promise<void>;
  /** Sets the quiet hours of any device. @param hours false: none; null: those of the config */
  changeQuiet(name: string, hours: QuietHours | false | null): Promise<void>;
  removeDevice(name: string): Promise<void>;
  apps(): Promise<readonly AppInfo[]>;
  appChannels(id: string, prefix: string): Promise<AppChannels>;
  /** Tells the events of an app as they come. @returns a function that ends this */
  followApp(id: string, tell: (event: AppEvent) => void): () => void;
  nodes(): Promise<NodeList>;
  /** Warnings and errors, the latest last. @param since ms since 1970 */
  log(since: number): Promise<readonly LogLineInfo[]>;
  /** Downloads a backup. @param token the token of the relay, which is not kept */
  backup(token: string): Promise<Blob>;
}
