// What the delivery core asks of the outside: a durable log, a store of devices, transports. No implementation lives here.
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

/** How much is read at once. */
export interface ReadBounds {
  /** Most deliveries. */
  readonly limit: number;
  /** Most bytes of messages. */
  readonly maxBytes?: number;
  /** Whether the first message is given even if it has more bytes than that. */
  readonly atLeastOne?: boolean;
  /** A message that the caller holds already: it is given as it is and not read. It counts all the same. */
  held?(mid: string): Message | undefined;
}

/** What a read within bounds gives. */
export interface WaitingPage {
  readonly deliveries: readonly WaitingDelivery[];
  /** Mids of deliveries in this page that the log cannot read, because it is damaged. They are the caller's to fail. */
  readonly damaged: readonly string[];
  /** Whether the bounds left something out. */
  readonly more: boolean;
}

/** One message of a device's history, as it is kept. */
export interface HistoryEntry {
  readonly mid: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly status: Status;
  /** The message as JSON on mpush's wire, in UTF-8: a whole JSON object. */
  readonly text: Buffer;
}

/** A page of history. What is damaged is left out. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** The mid at which the page ends; where it began if there is nothing. */
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

/** A reading of the machine's clock beside a time that nobody can set. */
export interface ClockMark {
  /** ms since 1970. */
  readonly wall: number;
  /** ms since the machine was started, and which start that was. */
  readonly running: number;
  readonly boot: string;
  /** Messages with a mid above it came while the clock ran as it did then. */
  readonly since: string;
}

/** What becomes of times that the log keeps, after the clock was set. */
export type ClockChange =
  /**
   * Moves the times of messages with a mid above `after` by so many ms; those up to it that wait get as many ms more to
   * live where the clock was set forward. Of those above `checked`, the ones whose time is close to `now` came after the
   * clock was set, and stay as they are.
   */
  | {
      readonly kind: 'move';
      readonly by: number;
      readonly after: string;
      readonly checked: string;
      readonly now: number;
    }
  /** Gives messages that wait so many ms more to live. */
  | { readonly kind: 'extend'; readonly by: number };

/**
 * The durable record of messages and of what became of them, per device, in the order of mids.
 * Guarantees: a promise resolves only when its change is on disk (or in Redis); promises resolve in call order;
 * a status never steps down (see STATUS_RANK) except by `retract`, and `ok` and `failed` are final.
 * Damage: what cannot be read is left out, logged and counted; it never makes anything else fail.
 */
export interface MessageLog {
  /** The greatest mid ever given to `append`, `"0"` for a new log. Survives expiry and restarts. */
  lastMid(): string;
  /** Keeps the message for these devices, each with status `ready`. Without devices only the mid is kept. */
  append(message: Message, devices: readonly string[]): Promise<void>;
  /** Raises the status of one delivery. Resolves to false when it is unknown, settled, or already that high. */
  record(mid: string, device: string, status: Status): Promise<boolean>;
  /**
   * Takes back the status of an attempt (`webpush-wait`, `fcm-wait`) that ended for good without the device: the delivery
   * is `ready` again. Resolves to false when it has another status by now.
   */
  retract(mid: string, device: string, status: Status): Promise<boolean>;
  /** Deliveries of a device that are neither `ok` nor `failed`, with a mid above `after`, ascending, within the bounds. */
  unsettled(device: string, after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** All deliveries of a device with a mid above `since`, ascending, within the bounds. */
  history(device: string, since: string, bounds: ReadBounds): Promise<HistoryPage>;
  /** The newest deliveries of a device with a mid below `before`, descending, within the bounds. */
  recent(device: string, before: string, bounds: ReadBounds): Promise<HistoryPage>;
  /** One message with the status of every recipient, in the order of their ids; undefined when it is not kept. */
  find(mid: string): Promise<LoggedMessage | undefined>;
  /** The last message that each device is known to have received, by an acknowledgement or a receipt. */
  lastReceived(devices: readonly string[]): Promise<Map<string, ReceivedMessage>>;
  /** Notes that somebody has read these messages, on whatever device. Resolves to those that were not marked before. */
  markRead(mids: readonly string[]): Promise<string[]>;
  /** Which of these messages were read. */
  areRead(mids: readonly string[]): Promise<Set<string>>;
  /** What was marked as read after the `cursor` of an earlier call (0 at first), in that order, at most `limit`. */
  reads(cursor: number, limit: number): Promise<{ readonly mids: string[]; readonly cursor: number }>;
  /** How many unsettled deliveries each device has; devices without any are left out. */
  queued(): Promise<Map<string, number>>;
  /** Unsettled deliveries of messages with `expiresAt` before `now` (ms since 1970), at most `limit`, for the caller to settle. */
  overdue(now: number, limit: number): Promise<OverdueDelivery[]>;
  /**
   * Deletes messages with `createdAt` below `before` (ms since 1970), settled or not, in small steps; resolves to how
   * many went.
   */
  expire(before: number): Promise<number>;
  /** The mark that was kept last. */
  clockMark(): ClockMark | undefined;
  /** Keeps a mark, and changes times with it: both happen, or neither. */
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

/** What became of one attempt. The world's faults are outcomes; a transport never throws for them. */
export type Outcome =
  /** Handed over; the receiver has not said yet that it has it. */
  | { readonly kind: 'accepted' }
  /** The receiver has it. */
  | { readonly kind: 'confirmed' }
  /** Nobody is there and nothing was sent; the transport's owner wakes the outbox when that changes. */
  | { readonly kind: 'offline' }
  /** Failed for now. `after`: the receiver asked for that many ms of rest. */
  | {
      readonly kind: 'retry';
      readonly after?: number | undefined;
      readonly reason: string;
    }
  /** The address is dead for good: the route is dropped. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** This message will never be taken on this route. */
  | { readonly kind: 'refused'; readonly reason: string };

/** One way to reach devices, as the outbox sees it. */
export interface Transport {
  /** Name of its routes in `Device.routes`. */
  readonly name: string;
  /** Most deliveries of one device in flight at once. */
  readonly window: number;
  /** Most bytes of one device in flight at once, beside a single message that has more; without it there is no such bound. */
  readonly windowBytes?: number;
  readonly retry: Backoff;
  /**
   * How long in ms a delivery is held back while the device is connected on a route with acknowledgements, so that what
   * it has already is not brought twice. Without one, nothing is held back.
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
   * Checks an address that a device registers; without it every one is taken.
   * @throws RelayError `invalid` when the transport must not or cannot deliver there
   */
  checkAddress?(address: unknown): void | Promise<void>;
  /**
   * Tries once. A synchronous outcome keeps the hot path free of promises.
   * `signal` aborts when the delivery is settled elsewhere or the relay closes.
   */
  deliver(device: string, address: unknown, message: Message, signal: AbortSignal): Outcome | Promise<Outcome>;
  /**
   * Asks the receiver whether it has read everything that was handed over so far; resolves when it has, or is gone.
   * Undefined when that is known already. Only for transports that await acknowledgements.
   */
  caughtUp?(device: string): Promise<unknown> | undefined;
}
