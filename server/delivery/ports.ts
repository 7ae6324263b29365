// What the delivery core needs from outside: a durable log, a store of devices, transports. No implementation lives
// here.
import type { Backoff } from '../../shared/backoff.ts';
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import type { Device } from './device.ts';

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

/** One message as the log knows it for all its recipients. */
export interface LoggedMessage {
  readonly message: Message;
  readonly statuses: ReadonlyMap<string, Status>;
}

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

/** A reading of the machine's clock, together with a time that nobody can set. */
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

/** Is told when the end of a delivery is durable, or that it could not be stored. */
export interface Settlement {
  /** @param changed whether the delivery was open */
  settled(changed: boolean): void;
  failed(error: unknown): void;
}

/**
 * The durable record of messages and of their status per device, in the order of mids.
 * Guarantees: a promise resolves only when its change is on disk (or in Redis); promises resolve in call order;
 * a status never steps down (see STATUS_RANK) except by `retract`, and `ok` and `failed` are final.
 * Damage: messages that cannot be read are left out, logged and counted. They never make anything else fail.
 */
export interface MessageLog {
  /** The greatest mid that `append` ever got; `"0"` for a new log. It survives expiry and restarts. */
  lastMid(): string;
  /** Stores the message for these devices, each with status `ready`. Without devices, it stores only the mid. */
  append(message: Message, devices: readonly string[]): Promise<void>;
  /** Raises the status of one delivery. Resolves to false if it is unknown, settled, or already that high. */
  record(mid: string, device: string, status: Status): Promise<boolean>;
  /** The same without a promise, because most changes of a busy relay are acknowledgements. */
  settle(mid: string, device: string, status: 'ok' | 'failed', told: Settlement): void;
  /**
   * Takes back the status of an attempt (`webpush-wait`, `fcm-wait`) that failed for good, so that the delivery is
   * `ready` again. Resolves to false if it has another status by now.
   */
  retract(mid: string, device: string, status: Status): Promise<boolean>;
  /**
   * Deliveries of a device that are neither `ok` nor `failed`, with a mid above `after`, ascending, within the bounds.
   */
  unsettled(device: string, after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** All deliveries of a device with a mid above `since`, ascending, within the bounds. */
  history(device: string, since: string, bounds: ReadBounds): Promise<HistoryPage>;
  /** The newest deliveries of a device with a mid below `before`, descending, within the bounds. */
  recent(device: string, before: string, bounds: ReadBounds): Promise<HistoryPage>;
  /** One message with the status of every recipient, in the order of their ids; undefined if it is not stored. */
  find(mid: string): Promise<LoggedMessage | undefined>;
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
  /** The mark that was stored last. */
  clockMark(): ClockMark | undefined;
  /** Stores a mark and changes times in one step: both happen, or neither. */
  keepClock(mark: ClockMark, change?: ClockChange): Promise<void>;
  /** Deletes everything kept for a device that was removed. */
  forget(device: string): Promise<void>;
}

/** The durable registry of devices, in the order of registration. */
export interface DeviceStore {
  /** All devices at start. */
  load(): Promise<Device[]>;
  /** Adds or replaces; resolves when it is on disk. */
  put(device: Device): Promise<void>;
  /** Resolves when the removal is on disk. */
  remove(name: string): Promise<void>;
}

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
  deliverAll?(device: string, address: unknown, messages: readonly Message[]): Outcome;
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
