// The relay's own interface under /v1 and the packets that a page may ask for: shapes alone, for the relay and the page.
import type { WireMessage } from './message.ts';

/** A device as others of its owner see it. */
export interface DeviceInfo {
  readonly name: string;
  readonly groups: readonly string[];
  /** Names of the transports that reach it. */
  readonly routes: readonly string[];
  /** Whether it holds a socket now. */
  readonly online: boolean;
  /** Deliveries that are not settled. */
  readonly queued: number;
  /** Registration time, ms since 1970. */
  readonly createdAt: number;
  /** The last message that it is known to have received; null when there is none. */
  readonly lastReceived: string | null;
  /** When that message was accepted, ms since 1970; null when there is none. */
  readonly lastReceivedAt: number | null;
  /** The device whose pairing code let this one in; absent where the owner did. */
  readonly pairedBy?: string;
}

/** Answer to DELETE /v1/devices/:name. */
export interface Removal {
  readonly removed: string;
  /** With `?paired=1`: the devices that went with it, since its codes, or theirs, had let them in. */
  readonly paired?: readonly string[];
}

/** One message as a device may read it again. `status` is this device's own. */
export interface StoredMessage extends WireMessage {
  /** 12 characters. */
  readonly id: string;
  /** When the relay accepted it, ms since 1970. Relays of earlier versions do not tell. */
  readonly createdAt: number;
  /** When the relay stops trying to deliver it, ms since 1970. */
  readonly expiresAt: number;
  readonly status: string;
  /** Whether it was read, on whatever device. */
  readonly read: boolean;
}

/** Answer to GET /v1/devices/:name/messages. A page is bounded in messages and in bytes. */
export interface MessagePage {
  readonly messages: readonly StoredMessage[];
  /** Whether the relay has more after `last`. Relays of earlier versions do not tell. */
  readonly more: boolean;
  /**
   * Where the page ends: the `since` or `before` of the next one. It may be beyond the last message, where the relay could
   * not read one.
   */
  readonly last: string;
}

/** Answer to GET /v1/messages/:mid: the state of every recipient. */
export interface MessageState {
  readonly mid: string;
  readonly status: Readonly<Record<string, string>>;
}

/** Answer to POST /v1/pairings: a code that is good once, for ten minutes. */
export interface Pairing {
  readonly code: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** The page's path that opens the pairing, `/#pair=<code>`. */
  readonly path: string;
  /** The relay's host as other machines of its network reach it, for a page at `localhost`; absent when they cannot. */
  readonly host?: string;
}

/** Answer to GET /v1/pairings/:code: what the new device may choose from. */
export interface PairingOffer {
  readonly groups: readonly string[];
  /** Names that are taken. */
  readonly names: readonly string[];
  /**
   * Whether the code may take one of them over, which ends what the device of that name had: its tokens, sockets and push
   * routes. A code that a device made works only for new names.
   */
  readonly mayTakeOver: boolean;
  readonly expiresAt: number;
}

/** Answer to POST /v1/pairings/:code and POST /v1/devices: who the device is from now on. */
export interface Registered {
  readonly name: string;
  readonly groups: readonly string[];
  /** The device's own token. */
  readonly auth: string;
  /** VAPID key for subscriptions, `""` when web push is off. */
  readonly webpushPublicKey: string;
}

/** Answer to GET /v1/me. */
export interface Me {
  readonly name: string;
  readonly groups: readonly string[];
  readonly routes: readonly string[];
  /** All groups that any device is in. */
  readonly knownGroups: readonly string[];
  readonly webpushPublicKey: string;
  readonly version: string;
}

/** Answer to GET /v1/reads: mids in the order in which they were marked; `cursor` is where to go on. */
export interface ReadPage {
  readonly mids: readonly string[];
  readonly cursor: number;
}

/** Answer to POST /v1/check: what the push service said of a test message to the device itself. */
export interface PushCheck {
  /** The test message's id; its notification carries it. */
  readonly mid: string;
  readonly outcome: 'accepted' | 'no_subscription' | 'off' | 'retry' | 'gone' | 'refused';
  /** What went wrong, in words. */
  readonly reason?: string;
}
