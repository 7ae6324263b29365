// What an owner does at one relay: manages it, makes and ends the keys of senders, looks after heartbeats.
import type { BeatInfo, DeviceInfo, KeyInfo, KeyUseInfo, MadeKeyInfo } from '../../../../shared/api.ts';

/** Settings of a key, as /v1/keys takes them. A null takes one away. */
export type SenderSettings = Readonly<Record<string, unknown>>;

/** When signs of a heartbeat are expected, as texts such as `24h`. */
export type BeatTimes = Readonly<Partial<Record<'every' | 'cron' | 'tz' | 'grace', string>>>;

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

  beats(): Promise<readonly BeatInfo[]>;
  changeBeat(id: string, times: BeatTimes): Promise<void>;
  /** Stops the alarms of a heartbeat until its next sign. */
  pauseBeat(id: string): Promise<void>;
  removeBeat(id: string): Promise<void>;
}
