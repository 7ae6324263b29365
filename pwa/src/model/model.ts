// The interface between the views and everything behind them: signals to read, and actions to call.
import type { ReadonlySignal } from '@preact/signals';
import type { MessageAction } from '../../../shared/actions.ts';
import type {
  AlertInfo,
  AnswerInfo,
  DeviceInfo,
  DeviceQuiet,
  PushCheck,
  ScheduledMessage,
} from '../../../shared/api.ts';
import type { Ask, Attachment, WireBody } from '../../../shared/content.ts';
import type { JsonObject } from '../../../shared/object.ts';
import type { Mute, QuietHours } from '../../../shared/quiet.ts';
import type { MessageFile } from './message/message-file.ts';
import type { Owner } from './owner/owner.ts';
import type { ShownSecret, StoredSecret } from './store/secrets.ts';
import type { TextKey } from './text-keys.ts';

export type { MessageAction };

/** A relay that this page is paired with. */
export interface Account {
  /** Stable and unique on this page. */
  readonly id: string;
  /** Address of the relay with its path prefix and without a slash at the end: `https://push.example.org/mpush`. */
  readonly server: string;
  /** Name of this device at the relay. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** A text for a person: a key of the dictionaries, with the values for its braces. */
export interface LocalizedText {
  readonly key: TextKey;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** The state of one relay's socket. */
export type ConnectionState =
  | { readonly kind: 'connected' }
  | { readonly kind: 'connecting' }
  /** No network, or no answer. The page tries again at `retryAt`, ms since 1970. */
  | { readonly kind: 'offline'; readonly why: LocalizedText; readonly retryAt: number }
  /** The relay refuses this device: it was removed, its token expired, or its name was taken. Only a person can fix this. */
  | { readonly kind: 'refused'; readonly why: LocalizedText };

/** A message as the views show it. All fields are safe as text; links have only allowed schemes. */
export interface InboxMessage {
  readonly accountId: string;
  readonly mid: string;
  /** ms since 1970. */
  readonly time: number;
  readonly title: string;
  /** Markdown, or plain text when `markdown` is false. */
  readonly body: string;
  readonly markdown: boolean;
  /** Who sent it: a device's name, or `""` for an anonymous HTTP sender. */
  readonly sender: string;
  /** The group it was sent to; undefined for a personal message. */
  readonly group: string | undefined;
  /** 1 (lowest) to 5. The default is 3. */
  readonly priority: 1 | 2 | 3 | 4 | 5;
  /** Tags as shown: emoji replace the short codes that are known. */
  readonly tags: readonly string[];
  /** The link of the message, which the page shows as a button. */
  readonly click: string | undefined;
  readonly icon: string | undefined;
  readonly image: string | undefined;
  readonly file: MessageFile | undefined;
  readonly actions: readonly MessageAction[];
  /** The notification of a later message with the same key replaces the notification of this one. */
  readonly key: string | undefined;
  /** The question that it asks. */
  readonly ask: Ask | undefined;
  /** Whether the message is encrypted, and this device has no key for it. */
  readonly encrypted: boolean;
  /** Fields from the sender that the page does not interpret. */
  readonly extra: JsonObject;
  readonly read: boolean;
  readonly pinned: boolean;
}

/** An alert that fires. */
export interface OpenAlert extends AlertInfo {
  readonly accountId: string;
}

/** A question, and what this page knows of it. */
export interface AskedQuestion extends AnswerInfo {
  readonly accountId: string;
  /** Whether this device receives it, and may answer it. Otherwise it has only sent it. */
  readonly forMe: boolean;
}

/** What the inbox shows. An empty filter shows everything. */
export interface Filter {
  readonly text: string;
  readonly sender: string | undefined;
  readonly group: string | undefined;
  /** The lowest priority that is shown. */
  readonly priority: number | undefined;
  readonly unreadOnly: boolean;
  readonly pinnedOnly: boolean;
}

/** The filter that shows everything. */
export const NO_FILTER: Filter = {
  text: '',
  sender: undefined,
  group: undefined,
  priority: undefined,
  unreadOnly: false,
  pinnedOnly: false,
};

/** The senders and groups of the stored messages, to choose from. */
export interface FilterChoices {
  readonly senders: readonly string[];
  readonly groups: readonly string[];
}

/** The state of notifications on this page. */
export type PushState =
  | { readonly kind: 'unknown' }
  /** Not possible here, for example over plain http, or in a tab on an iPhone. `why` says why and what to do. */
  | { readonly kind: 'impossible'; readonly why: LocalizedText }
  /** The page has not asked the person yet. */
  | { readonly kind: 'askable' }
  /** The person refused. Only the browser's settings change that. */
  | { readonly kind: 'denied' }
  /** `why` says what failed when the page last tried to switch them on. */
  | { readonly kind: 'off'; readonly why?: LocalizedText }
  | { readonly kind: 'on' };

/** One step of the delivery check. */
export interface CheckStep {
  readonly part: 'permission' | 'subscription' | 'server' | 'push_service' | 'device';
  readonly state: 'waiting' | 'running' | 'ok' | 'failed';
  readonly why?: LocalizedText;
}

/** A message that this page sent, with the current status of each recipient. */
export interface SentMessage {
  readonly accountId: string;
  readonly mid: string;
  readonly target: string;
  readonly group: boolean;
  readonly title: string;
  readonly time: number;
  /** Maps each recipient to its status, as the relay names it. */
  readonly statuses: ReadonlyMap<string, string>;
  /** The id of the question that it asks, or of the emergency that it is. */
  readonly question?: string;
}

/** What a message that is written here asks. */
export type NewQuestion = { readonly kind: 'choice'; readonly options: readonly string[] } | { readonly kind: 'text' };

/** A message that a person wrote and wants to send. */
export interface Draft {
  readonly accountId: string;
  readonly target: string;
  readonly group: boolean;
  readonly title: string;
  readonly body: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly ask?: NewQuestion;
  /** What goes to the relay in place of the title, the body and the extras, if they are encrypted. */
  readonly wire?: WireBody;
}

/** What changes of when a device stays silent. `false`: no quiet hours; null: those of the relay. */
export type QuietChange =
  | { readonly quiet: QuietHours | false | null }
  | { readonly mute: Mute }
  | { readonly unmute: Mute };

/** When a scheduled message is due: at a time, or again and again. */
export type NewTime = { readonly at: string } | { readonly cron: string; readonly tz?: string };

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

/** Settings of this page. */
export interface Settings {
  readonly theme: Theme;
  /** Undefined means the browser's language. */
  readonly language: Language | undefined;
  /** Notifications are silent until then, except those of emergencies; ms since 1970, 0 when not muted. */
  readonly mutedUntil: number;
}

/** What a pairing code offers. Looking it up changes nothing. */
export interface PairingChoice {
  readonly server: string;
  readonly code: string;
  readonly groups: readonly string[];
  /** Names of the devices that the relay knows. */
  readonly names: readonly string[];
  /** Whether the code may take over one of these names. The device that had the name then loses access. */
  readonly mayTakeOver: boolean;
  /** A free name for this device that needs no escaping in an address. */
  readonly suggestedName: string;
}

/** A link that opens the page on another device and pairs it. */
export interface PairingLink {
  readonly url: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** True if only this machine can open the link, because other devices cannot reach the relay's address. */
  readonly isLocal: boolean;
}

/** Says why an action failed, as a text for a person. Actions reject only with this error. */
export class ActionError extends Error {
  readonly text: LocalizedText;

  constructor(text: LocalizedText) {
    super(text.key);
    this.name = 'ActionError';
    this.text = text;
  }
}

/** Everything behind the views. */
export interface Model {
  /** False until the newest stored messages are in memory. */
  readonly ready: ReadonlySignal<boolean>;
  readonly accounts: ReadonlySignal<readonly Account[]>;
  /** By account id. */
  readonly connections: ReadonlySignal<ReadonlyMap<string, ConnectionState>>;
  readonly settings: ReadonlySignal<Settings>;
  readonly filter: ReadonlySignal<Filter>;
  readonly choices: ReadonlySignal<FilterChoices>;
  /** The messages that pass the filter, newest first. They are local copies, so they are available offline. */
  readonly messages: ReadonlySignal<readonly InboxMessage[]>;
  readonly unread: ReadonlySignal<number>;
  /** Whether the relay may have messages that are older than all shown ones. */
  readonly hasOlder: ReadonlySignal<boolean>;
  /** The alerts that fire, the latest first. */
  readonly alerts: ReadonlySignal<readonly OpenAlert[]>;
  /** The questions that are known here, open or not, the latest asked first. */
  readonly questions: ReadonlySignal<readonly AskedQuestion[]>;
  readonly push: ReadonlySignal<PushState>;
  readonly sent: ReadonlySignal<readonly SentMessage[]>;
  /** True when a new version of the page is waiting. */
  readonly updateReady: ReadonlySignal<boolean>;
  /** True when the browser offers to install the page. */
  readonly installable: ReadonlySignal<boolean>;

  setFilter(change: Partial<Filter>): void;
  setSettings(change: Partial<Settings>): Promise<void>;
  loadOlder(): Promise<void>;
  markRead(messages: readonly InboxMessage[]): Promise<void>;
  setPinned(message: InboxMessage, pinned: boolean): Promise<void>;
  /** Deletes the local copies. They never come back. */
  remove(messages: readonly InboxMessage[]): Promise<void>;
  find(accountId: string, mid: string): InboxMessage | undefined;
  /** Closes an alert at its relay, for all devices. */
  closeAlert(alert: OpenAlert): Promise<void>;
  /** Answers a question for all devices. The text of an acknowledgement does not matter. */
  answer(question: Pick<AskedQuestion, 'accountId' | 'id'>, text: string): Promise<void>;
  /** Asks the relay what became of a question of a message. Does nothing if that is known, or if the relay cannot be reached. */
  lookUpQuestion(question: Pick<AskedQuestion, 'accountId' | 'id'>): Promise<void>;
  /** Withdraws a question, or ends an emergency, that was sent from here. */
  withdraw(question: Pick<AskedQuestion, 'accountId' | 'id'>): Promise<void>;
  /** Runs an `http` action of a message. */
  runAction(action: Extract<MessageAction, { kind: 'http' }>): Promise<void>;
  /** Connects now instead of at `retryAt`. Also takes back a name that another page took over. */
  reconnect(accountId: string): void;

  /** Looks up a pairing link or code without using it. */
  lookUpPairing(server: string, code: string): Promise<PairingChoice>;
  pair(choice: PairingChoice, name: string, groups: readonly string[]): Promise<Account>;
  /** Pairs this page with the relay's token, which is not stored. */
  register(server: string, token: string, name: string, groups: readonly string[]): Promise<Account>;
  /** Creates a link that pairs another device of the owner. It works once, for ten minutes. */
  createPairingLink(accountId: string): Promise<PairingLink>;
  /** Signs out of a relay: the relay forgets this device, and this page deletes its messages. */
  signOut(accountId: string): Promise<void>;

  devices(accountId: string): Promise<readonly DeviceInfo[]>;
  /** Changes the name and the groups of this device at a relay. Its messages stay. */
  changeDevice(accountId: string, name: string, groups: readonly string[]): Promise<void>;
  /** @param withPaired whether to also remove the devices that it paired */
  removeDevice(accountId: string, name: string, withPaired: boolean): Promise<void>;
  /** The version of a relay. */
  relayVersion(accountId: string): Promise<string>;
  knownGroups(accountId: string): Promise<readonly string[]>;

  /** When this device stays silent at a relay. */
  quiet(accountId: string): Promise<DeviceQuiet>;
  changeQuiet(accountId: string, change: QuietChange): Promise<DeviceQuiet>;

  /** Asks for permission if needed, subscribes, and registers with every relay. Call it in the handler of a click. */
  enablePush(): Promise<void>;
  disablePush(): Promise<void>;
  /** Sends a test push to this page, and checks each step on its way. */
  checkDelivery(accountId: string, report: (steps: readonly CheckStep[]) => void): Promise<PushCheck['outcome']>;

  send(draft: Draft): Promise<SentMessage>;
  /** Uploads a file. @returns the attachment for the extras of a draft */
  upload(accountId: string, file: File, onProgress: (share: number) => void): Promise<Attachment>;

  /** Messages that are due later, the next first. */
  scheduled(accountId: string): Promise<readonly ScheduledMessage[]>;
  changeScheduled(accountId: string, id: string, time: NewTime): Promise<void>;
  /** @param what `skip` moves a recurring message to its next time, `run` sends it now */
  stepScheduled(accountId: string, id: string, what: 'skip' | 'run'): Promise<void>;
  cancelScheduled(accountId: string, id: string): Promise<void>;

  /** What an owner does at a relay. Its code is loaded with the first call. */
  owner(accountId: string): Promise<Owner>;

  /** The keys of this device for encrypted messages. */
  secrets(): Promise<readonly StoredSecret[]>;
  /** Makes a key for messages to these devices and groups. It is shown only now. */
  makeSecret(targets: readonly string[]): Promise<ShownSecret>;
  /** Takes in a key of another device, and decrypts what came before it. */
  takeSecret(text: string, targets: readonly string[]): Promise<void>;
  removeSecret(id: string): Promise<void>;

  /** Bytes used and allowed, as the browser reports them. */
  storage(): Promise<{ readonly used: number; readonly quota: number }>;
  /** All data of this page except its tokens, as JSON. */
  exportData(): Promise<Blob>;
  importData(file: Blob): Promise<number>;

  install(): Promise<void>;
  applyUpdate(): void;
}
