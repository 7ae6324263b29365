// The interface between the views and everything behind them, as signals and actions.
import type { ReadonlySignal } from '@preact/signals';
import type { MessageAction } from '../../../shared/actions.ts';
import type { DeviceInfo, PushCheck } from '../../../shared/api.ts';
import type { JsonObject } from '../../../shared/object.ts';
import type { TextKey } from './text-keys.ts';

export type { MessageAction };

/** A relay that this page is paired with. */
export interface Account {
  /** Stable and unique on this page. */
  readonly id: string;
  /** Address of the relay with its path prefix, no slash at the end: `https://push.example.org/mpush`. */
  readonly server: string;
  /** Name of this device there. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** A text for a person: a key of the dictionaries with its values. */
export interface LocalizedText {
  readonly key: TextKey;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** The state of one relay's socket. */
export type ConnectionState =
  | { readonly kind: 'connected' }
  | { readonly kind: 'connecting' }
  /** No network, or no answer; tried again at `retryAt`, ms since 1970. */
  | { readonly kind: 'offline'; readonly why: LocalizedText; readonly retryAt: number }
  /** The relay refuses this device: it was removed, its token ended, or its name was taken over. Only a person can fix it. */
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
  /** Tags as shown: emoji where the short code is known. */
  readonly tags: readonly string[];
  /** Where a click leads. */
  readonly click: string | undefined;
  readonly icon: string | undefined;
  readonly image: string | undefined;
  readonly actions: readonly MessageAction[];
  /** A later message with the same key takes the place of this one on the desktop. */
  readonly key: string | undefined;
  /** Fields of the sender that the page gives no meaning to. */
  readonly extra: JsonObject;
  readonly read: boolean;
  readonly pinned: boolean;
}

/** What the inbox shows. An empty filter shows everything. */
export interface Filter {
  readonly text: string;
  readonly sender: string | undefined;
  readonly group: string | undefined;
  /** Least priority shown. */
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
  /** Not possible here. `why` says why and what to do, for example over plain http, or on an iPhone without installation. */
  | { readonly kind: 'impossible'; readonly why: LocalizedText }
  /** The person was not asked yet. */
  | { readonly kind: 'askable' }
  /** The person refused. Only the browser's settings change that. */
  | { readonly kind: 'denied' }
  /** `why` says what failed when it was last switched on. */
  | { readonly kind: 'off'; readonly why?: LocalizedText }
  | { readonly kind: 'on' };

/** One step of the delivery check. */
export interface CheckStep {
  readonly part: 'permission' | 'subscription' | 'server' | 'push_service' | 'device';
  readonly state: 'waiting' | 'running' | 'ok' | 'failed';
  readonly why?: LocalizedText;
}

/** A message that this page has sent, with the state of each recipient as it changes. */
export interface SentMessage {
  readonly accountId: string;
  readonly mid: string;
  readonly target: string;
  readonly group: boolean;
  readonly title: string;
  readonly time: number;
  /** Recipient to status, in the relay's words. */
  readonly statuses: ReadonlyMap<string, string>;
}

/** What a person writes. */
export interface Draft {
  readonly accountId: string;
  readonly target: string;
  readonly group: boolean;
  readonly title: string;
  readonly body: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

/** Settings of this page. */
export interface Settings {
  readonly theme: Theme;
  /** `undefined`: the browser's. */
  readonly language: Language | undefined;
  /** Notifications are silent until then, ms since 1970; 0 when not muted. */
  readonly mutedUntil: number;
}

/** What a pairing code offers. Looking it up changes nothing. */
export interface PairingChoice {
  readonly server: string;
  readonly code: string;
  readonly groups: readonly string[];
  /** Names that other devices have. */
  readonly names: readonly string[];
  /** Whether the code may take such a name over, which ends the access of the device that has it. */
  readonly mayTakeOver: boolean;
  /** A name for this device that is not taken and can stand in an address. */
  readonly suggestedName: string;
}

/** A link that opens the page of another device and pairs it. */
export interface PairingLink {
  readonly url: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** Only this machine can open it: the relay has no address that others reach. */
  readonly isLocal: boolean;
}

/** What went wrong in an action, as a text. Actions reject only with this. */
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
  /** False until what is stored was read. */
  readonly ready: ReadonlySignal<boolean>;
  readonly accounts: ReadonlySignal<readonly Account[]>;
  /** By account id. */
  readonly connections: ReadonlySignal<ReadonlyMap<string, ConnectionState>>;
  readonly settings: ReadonlySignal<Settings>;
  readonly filter: ReadonlySignal<Filter>;
  readonly choices: ReadonlySignal<FilterChoices>;
  /** Newest first, what passes the filter. Local copies; also there offline. */
  readonly messages: ReadonlySignal<readonly InboxMessage[]>;
  readonly unread: ReadonlySignal<number>;
  /** Whether the relay may have older messages than the oldest shown. */
  readonly hasOlder: ReadonlySignal<boolean>;
  readonly push: ReadonlySignal<PushState>;
  readonly sent: ReadonlySignal<readonly SentMessage[]>;
  /** A new version of the page waits. */
  readonly updateReady: ReadonlySignal<boolean>;
  /** The browser offers to install the page. */
  readonly installable: ReadonlySignal<boolean>;

  setFilter(change: Partial<Filter>): void;
  setSettings(change: Partial<Settings>): Promise<void>;
  loadOlder(): Promise<void>;
  markRead(messages: readonly InboxMessage[]): Promise<void>;
  setPinned(message: InboxMessage, pinned: boolean): Promise<void>;
  /** Deletes the local copies; they do not come back. */
  remove(messages: readonly InboxMessage[]): Promise<void>;
  find(accountId: string, mid: string): InboxMessage | undefined;
  /** Runs an `http` action of a message. */
  runAction(action: Extract<MessageAction, { kind: 'http' }>): Promise<void>;
  /** Connects at once: without waiting for `retryAt`, or to take a name back that another page has taken over. */
  reconnect(accountId: string): void;

  /** Looks a pairing link or code up without using it. */
  lookUpPairing(server: string, code: string): Promise<PairingChoice>;
  pair(choice: PairingChoice, name: string, groups: readonly string[]): Promise<Account>;
  /** By hand, with the relay's token, which is not kept. */
  register(server: string, token: string, name: string, groups: readonly string[]): Promise<Account>;
  /** A link for another device of the owner. It works once, for ten minutes. */
  createPairingLink(accountId: string): Promise<PairingLink>;
  /** Leaves a relay: the device is forgotten there, and its messages here. */
  signOut(accountId: string): Promise<void>;

  devices(accountId: string): Promise<readonly DeviceInfo[]>;
  /** Gives this device another name or other groups at a relay. Its messages stay. */
  changeDevice(accountId: string, name: string, groups: readonly string[]): Promise<void>;
  /** @param withPaired whether the devices go as well that its pairing codes let in */
  removeDevice(accountId: string, name: string, withPaired: boolean): Promise<void>;
  /** The version of a relay. */
  relayVersion(accountId: string): Promise<string>;
  knownGroups(accountId: string): Promise<readonly string[]>;

  /** Asks for permission if needed, subscribes, and registers with every relay. Must run in a person's gesture. */
  enablePush(): Promise<void>;
  disablePush(): Promise<void>;
  /** Proves the round trip of a push to this page, step by step. */
  checkDelivery(accountId: string, report: (steps: readonly CheckStep[]) => void): Promise<PushCheck['outcome']>;

  send(draft: Draft): Promise<SentMessage>;

  /** Bytes used and allowed, as far as the browser tells. */
  storage(): Promise<{ readonly used: number; readonly quota: number }>;
  /** Everything of this page but its tokens, as JSON. */
  exportData(): Promise<Blob>;
  importData(file: Blob): Promise<number>;

  install(): Promise<void>;
  applyUpdate(): void;
}
