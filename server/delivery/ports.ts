// What the delivery core needs from outside: a durable log, a store of devices, transports. No implementation lives
// here.
import type { Backoff } from '../../shared/backoff.ts';
import type { Message, MessageNotice } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import type { VersionedStore } from '../base/versioned-store.ts';
import type { Device } from './device.ts';
import type { Draft } from './message.ts';

/** One message as the log knows it for one device. */
export interface LoggedDelivery {
  readonly message: Message;
  readonly status: Status;
}

/** A delivery that waits, with the size of its message in bytes as the log stores it. */
export interface WaitingDelivery extends LoggedDelivery {
  readonly bytes: number;
}

/** How much to read at once. */
export interface ReadBounds {
  /** The most deliveries. */
  readonly limit: number;
  /** The most bytes of messages. */
  readonly maxBytes?: number;
  /** Whether to return the first message even if it has more bytes than that. */
  readonly atLeastOne?: boolean;
  /** Returns a message that the caller already holds. The log does not read it, but it counts against the bounds. */
  held?(mid: string): Message | undefined;
}

/** The result of a read within bounds. */
export interface WaitingPage {
  readonly deliveries: readonly WaitingDelivery[];
  /** Mids of deliveries in this page that are damaged, so that the log cannot read them. The caller must fail them. */
  readonly damaged: readonly string[];
  /** Whether the bounds left something out. */
  readonly more: boolean;
}

/** One message of a device's history, as it is stored. */
export interface HistoryEntry {
  readonly mid: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly status: Status;
  /** The number of its acceptance, if it had one: its id is made from that. */
  readonly number?: string;
  /** Whether it only says what happened to earlier messages. */
  readonly notice?: MessageNotice;
  /** The message as JSON on mpush's wire: a whole JSON object. */
  readonly text: string;
}

/** A page of history. Damaged messages are left out. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** The mid at which the page ends; if it is empty, the mid at which it began. */
  readonly last: string;
  /** Whether the bounds left something out. */
  readonly more: boolean;
}

/** One message to a target, on any node. */
export type TargetEntry = Omit<HistoryEntry, 'status'>;

/** A page of the messages to some targets. */
export interface TargetHistory extends Omit<HistoryPage, 'entries'> {
  readonly entries: readonly TargetEntry[];
}

/** One message as the log knows it for all its recipients. */
export interface LoggedMessage {
  readonly message: Message;
  readonly statuses: ReadonlyMap<string, Status>;
  /** Those of the recipients that have removed it from their history. */
  readonly removed: ReadonlySet<string>;
}

/** A page of messages, whoever has them. Damaged ones are left out, and so are notices, which go to no device. */
export interface LatestPage {
  readonly messages: readonly LoggedMessage[];
  /** The mid at which the page ends; if nothing was read, the mid at which it began. */
  readonly last: string;
  /** Whether there may be more. */
  readonly more: boolean;
  /** What was read, in bytes: the messages, and {@link RECIPIENT_BYTES} for each recipient. */
  readonly bytes: number;
}

/** How many bytes a recipient counts in the bounds of {@link MessageLog.latest}. */
export const RECIPIENT_BYTES = 64;

/** A message that a device has. `createdAt` is in ms since 1970. */
export interface ReceivedMessage {
  readonly mid: string;
  readonly createdAt: number;
}

/** A delivery whose time to live has ended. */
export interface OverdueDelivery {
  readonly mid: string;
  readonly device: string;
  readonly status: Status;
}

/** A reading of the machine's clock, together with a time that no one can set. */
export interface ClockMark {
  /** ms since 1970. */
  readonly wall: number;
  /** ms since the machine was started. */
  readonly running: number;
  /** Identifies that start of the machine. */
  readonly boot: string;
  /** Messages with a mid above this came after the last step of the clock. */
  readonly since: string;
}

/** How the log has to change its times after the clock was set. */
export type ClockChange =
  /**
   * Moves the times of messages with a mid above `after` by `by` ms. If the clock was set forward, messages up to
   * `after` that wait live longer by as many ms. Messages above `checked` whose time is close to `now` came after the
   * clock was set, and stay as they are.
   */
  | {
      readonly kind: 'move';
      readonly by: number;
      readonly after: string;
      readonly checked: string;
      readonly now: number;
    }
  /** Makes messages that wait live longer by `by` ms. */
  | { readonly kind: 'extend'; readonly by: number };

/** A draft that the log accepted. */
export interface Accepted {
  readonly message: Message;
  /** Recipients whose queue is full. The message is not kept for them. */
  readonly full: readonly string[];
  /** Whether a message with the number of the draft was stored before. That is the message; nothing was stored now. */
  readonly isRepeat?: true;
}

/** Is told when the end of a delivery is durable, or that it could not be stored. */
export interface Settlement {
  /** @param changed whether the delivery was open */
  settled(changed: boolean): void;
  failed(error: unknown): void;
}

/**
 * The durable record of messages and of their status per device, in the order of mids. Several nodes may share it.
 * Guarantees: a promise resolves only when its change is durable; changes happen in call order, and on a
 * single node promises resolve in that order; a status never steps down (see STATUS_RANK) except by `revert`, and `ok` and `failed` are final.
 * Damage: messages that cannot be read are left out, logged and counted. They never make anything else fail.
 */
export interface MessageLog {
  /** The greatest mid in the log's past; `"0"` for a new log. It survives expiry and restarts. */
  lastMid(): string | Promise<string>;
  /**
   * Gives a draft its mid and its times, and stores it for these devices, each with status `ready`. Without devices, it
   * stores only the mid, unless the draft is for a feed. A draft with the number of a stored message stores nothing, and gives back that message.
   * @param registry the version of the registry in which the devices were found, see `DeviceStore.version`
   * @throws RelayError `too_many` if a feed would be one more than the log keeps
   * @returns `stale` if the registry has changed since, so that the devices must be looked up again; nothing is stored
   */
  accept(draft: Draft, devices: readonly string[], registry: number): Promise<Accepted | 'stale'>;
  /** Gives a draft a mid and times that no other message ever gets. Stores nothing else. */
  stamp(draft: Draft): Promise<Message>;
  /** Stores a message that has its mid already, as `accept` does. The mid must be above all others. */
  append(message: Message, devices: readonly string[]): Promise<void>;
  /**
   * Raises the status of one delivery. Resolves to false if it is unknown, settled, or already that high. Not for `wait`, which
   * is only told.
   */
  record(mid: string, device: string, status: Status): Promise<boolean>;
  /** The same without a promise, because most changes of a busy relay are acknowledgements. */
  settle(mid: string, device: string, status: 'ok' | 'failed', told: Settlement): void;
  /**
   * Takes back the status of an attempt (`webpush-wait`, `fcm-wait`) that failed for good, so that the delivery is
   * `ready` again. Resolves to false if it has another status by now.
   */
  revert(mid: string, device: string, status: Status): Promise<boolean>;
  /**
   * Deliveries of a device that are neither `ok` nor `failed`, with a mid above `after`, ascending, within the bounds.
   */
  unsettled(device: string, after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** All deliveries of a device with a mid above `since`, ascending, within the bounds. */
  history(device: string, since: string, bounds: ReadBounds): Promise<HistoryPage>;
  /** The newest deliveries of a device with a mid below `before`, descending, within the bounds. */
  recent(device: string, before: string, bounds: ReadBounds): Promise<HistoryPage>;
  /**
   * One message with the status of every recipient, in any order; undefined if it is not stored. It is found by its mid or by
   * the number of its acceptance.
   */
  find(mid: string): Promise<LoggedMessage | undefined>;
  /**
   * The newest messages of the relay with a mid below `before`, descending. The limit bounds the messages that are read, so that
   * the page may have fewer. It ends after the message that exceeds `maxBytes`.
   */
  latest(before: string, bounds: Pick<ReadBounds, 'limit' | 'maxBytes'>): Promise<LatestPage>;
  /**
   * The messages to some targets with a mid above `since`, ascending, each once, within the bounds: to devices, groups and
   * feeds. A page may be empty although there is more.
   */
  ofTargets(targets: readonly string[], since: string, bounds: ReadBounds): Promise<TargetHistory>;
  /** The newest of them with a mid below `before`, descending. */
  recentOfTargets(targets: readonly string[], before: string, bounds: ReadBounds): Promise<TargetHistory>;
  /** The mids of messages of a target, of both send types, with this key, newest first. */
  ofKey(target: string, key: string, limit: number): Promise<string[]>;
  /**
   * Takes settled deliveries out of the history of a device; their statuses stay known. Resolves to the mids of those that were
   * there.
   */
  remove(device: string, mids: readonly string[]): Promise<string[]>;
  /** Takes messages out of the histories of targets and of keys. */
  unlist(mids: readonly string[]): Promise<void>;
  /** The last message that each device is known to have received, by an acknowledgement or a receipt. */
  lastReceived(devices: readonly string[]): Promise<Map<string, ReceivedMessage>>;
  /** Notes that these messages were read on some device. Resolves to those that were not marked before. */
  markRead(mids: readonly string[]): Promise<string[]>;
  /** Which of these messages were read. */
  areRead(mids: readonly string[]): Promise<Set<string>>;
  /** The next messages marked as read, in that order and at most `limit`. `cursor` is that of the last call, or 0. */
  reads(cursor: number, limit: number): Promise<{ readonly mids: string[]; readonly cursor: number }>;
  /** How many unsettled deliveries each device has; devices without any are left out. */
  queued(): Promise<Map<string, number>>;
  /**
   * Unsettled deliveries of messages with `expiresAt` before `now` (ms since 1970), at most `limit`, for the caller to
   * settle.
   */
  overdue(now: number, limit: number): Promise<OverdueDelivery[]>;
  /**
   * Deletes messages with `createdAt` below `before` (ms since 1970), settled or not, in small steps. Resolves to the
   * number of deleted messages.
   */
  expire(before: number): Promise<number>;
  /** Deletes everything kept for a device that was removed. */
  forget(device: string): Promise<void>;
}

/** A log whose times come from this machine's clock, which someone may set. */
export interface ClockedLog {
  lastMid(): string;
  /** The mark that was stored last. */
  clockMark(): ClockMark | undefined;
  /** Stores a mark and changes times in one step: both happen, or neither. */
  keepClock(mark: ClockMark, change?: ClockChange): Promise<void>;
}

/** How accepted messages reach the nodes that deliver them, and how statuses reach the nodes that wait for them. */
export interface Mail {
  /** Call it for each accepted message, in the turn in which its `accept` resolved. */
  post(message: Message, devices: readonly string[]): void;
  /**
   * Calls the listener for each message that this node has to deliver, with those of its devices. A late one may come after
   * messages with greater mids.
   */
  onMail(listener: (message: Message, devices: readonly string[], isLate?: boolean) => void): void;
  /**
   * Calls the listener for each accepted message that someone on this node may listen to, in the order of mids. On a single
   * node that is each message; where nodes share a log, those whose target has a listener here.
   */
  onHeard(listener: (message: Message) => void): void;
  /**
   * Calls the listener when it may not hear of messages that are accepted meanwhile. When the promise resolves, it hears of all
   * again, and finds in the log what it has missed.
   */
  onUnheard(listener: (heardAgain: Promise<void>) => void): void;
  /** Calls the listener when another node changed a status. */
  onStatus(listener: StatusListener): void;
  /**
   * Tells the node whose sender waits how far a delivery is, if it stays there. For a status that the log does not store.
   * Undefined if no sender waits on another node.
   */
  readonly progress: ((mid: string, device: string, status: Status) => void) | undefined;
  /**
   * The statuses of a message, read from the log. Undefined if no other node can change a status, so that listeners
   * know them all.
   */
  readonly reread: ((mid: string) => Promise<ReadonlyMap<string, Status>>) | undefined;
  /** How many unsettled deliveries each device has on all nodes. Undefined if the outboxes of this node know. */
  readonly depths: ((devices: readonly string[]) => Promise<ReadonlyMap<string, number>>) | undefined;
}

/**
 * Called when the public status of a delivery changed. `transport` is the one that worked on it, if any. For a final
 * status it is called when the status is durable.
 */
export type StatusListener = (mid: string, device: string, status: Status, transport: string | undefined) => void;

/** Decides which devices stay silent for which messages. */
export interface QuietDevices {
  /**
   * Whether the device stays silent for a message.
   * @param isStored whether the message was read from the log. Then quiet hours at its acceptance count too, even if they are over now
   */
  isSilent(device: string, message: Message, isStored: boolean): boolean;
  /**
   * Notes that no push is sent for a message. When the promise resolves, it is durable that the device is told of it at the
   * end of its quiet hours. Undefined if it is already.
   * @param wasHeld whether it was found in the log as held: by now, the device may have been told
   */
  held(device: string, message: Message, wasHeld: boolean): Promise<void> | undefined;
}

/** Which devices this node delivers to. Each device belongs to one node at a time. */
export interface Ownership {
  /** Whether other nodes may have some of the devices. */
  readonly isShared: boolean;
  owns(device: string): boolean;
  /** Whether this node may begin an attempt. It may not while other nodes may have to believe that it is dead. */
  mayBegin(): boolean;
  /** Calls the listener when more devices belong to this node: those for which `gained` is true. */
  onGained(listener: (gained: (device: string) => boolean) => Promise<void>): void;
  /** Calls the listener when devices go to another node. That node starts when the promise is settled. */
  onLost(listener: (lost: (device: string) => boolean) => Promise<void>): void;
  /** Calls the listener when `mayBegin` is true again. */
  onResumed(listener: () => void): void;
  /**
   * Calls the listener when mail or statuses may have been lost on their way to this node, before the next of them comes.
   * Only the log knows then what waits.
   */
  onMissed(listener: () => void): void;
}

/** The durable registry of devices, in the order of registration. */
export type DeviceStore = VersionedStore<Device>;

/** The result of one attempt. Faults outside of the relay are outcomes; a transport never throws for them. */
export type Outcome =
  /** Handed over. The receiver has not confirmed it yet. */
  | { readonly kind: 'accepted' }
  /** The receiver has it. */
  | { readonly kind: 'confirmed' }
  /** The receiver is not connected, and nothing was sent. `wake` is called when it is back. */
  | { readonly kind: 'offline' }
  /** Failed for now. `after`: the wait in ms that the receiver asked for. */
  | {
      readonly kind: 'retry';
      readonly after?: number | undefined;
      readonly reason: string;
    }
  /** The address is dead for good: the route is dropped. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** The receiver will never take this message on this route. */
  | { readonly kind: 'refused'; readonly reason: string };

/** How an attempt failed: `retry` is tried again, `refused` not on this route, and `gone` ends the route. */
export type FailureKind = Extract<Outcome, { readonly reason: string }>['kind'];

/** One way to reach devices, as the outbox sees it. */
export interface Transport {
  /** Name of its routes in `Device.routes`. */
  readonly name: string;
  /** The most deliveries of one device in flight. */
  readonly window: number;
  /**
   * The most bytes of one device in flight; a single larger message may go on its own. By default there is no bound.
   */
  readonly windowBytes?: number;
  readonly retry: Backoff;
  /**
   * How long in ms a delivery is held back while the device is connected on a route with acknowledgements, so that the
   * device does not get it twice. By default, nothing is held back.
   */
  readonly grace?: number;
  /** Whether it makes the device ring, so that nothing is sent while the device wants to be quiet. */
  readonly rings?: true;
  /** Whether an accepted delivery stays in flight, and is sent again, until the receiver acknowledges it. */
  readonly awaitsAcknowledgement: boolean;
  /** The status that each step of an attempt gives the delivery; a step without one changes nothing. */
  readonly statuses: {
    readonly attempting?: Status;
    readonly accepted?: Status;
    readonly retrying?: Status;
  };
  /**
   * Checks an address that a device registers. By default, every address is accepted.
   * @throws RelayError `invalid` if the transport must not or cannot deliver there
   */
  checkAddress?(address: unknown): void | Promise<void>;
  /**
   * Tries once. A synchronous outcome keeps the hot path free of promises.
   * `signal` aborts when the delivery is settled elsewhere or the relay closes; never for transports that await
   * acknowledgements, which hand the message over at once.
   */
  deliver(device: string, address: unknown, message: Message, signal: AbortSignal): Outcome | Promise<Outcome>;
  /**
   * The same for several messages at once, in order, with one outcome for all of them. By default, each is tried on its
   * own. Only for transports that await acknowledgements.
   */
  deliverAll?(device: string, address: unknown, messages: readonly Message[]): Outcome | Promise<Outcome>;
  /**
   * Whether the receiver is connected. If not, nothing is read for it and nothing is tried before `wake`. By default, an
   * attempt finds out.
   */
  isThere?(device: string): boolean;
  /**
   * Asks the receiver whether it has read everything that was handed over so far. Resolves when it has, or is gone.
   * Undefined if that is already known. Only for transports that await acknowledgements.
   */
  caughtUp?(device: string): Promise<unknown> | undefined;
}
