// Changes in the queue of the group commit, and how those who wait for them are told. Most of a busy relay's changes are
// acknowledgements, so they are objects without promises and functions of their own.
import type { Logger } from '../../base/logger.ts';
import type { Settlement } from '../../delivery/ports.ts';

/** A change in the queue. */
export interface QueuedChange {
  /** Whether only a transaction can do it. */
  needsTables(): boolean;
  /** The delivery whose status it changes, and the id of the device. */
  readonly mid?: number;
  device?(): number | undefined;
  /** Does it, and keeps the result. */
  make(): void;
  /** Whether it calls a listener, which could see it before an earlier change whose promise is resolved. */
  readonly listens: boolean;
  /** Tells the result, which is durable. */
  settle(): void;
  reject(error: unknown): void;
}

/** A change whose result resolves a promise. */
abstract class PromisedChange<T> implements QueuedChange {
  readonly listens = false;
  readonly #change: () => T;
  readonly #resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
  #result: T | undefined;

  constructor(change: () => T, resolve: (result: T) => void, reject: (error: unknown) => void) {
    this.#change = change;
    this.#resolve = resolve;
    this.reject = reject;
  }

  abstract needsTables(): boolean;

  make(): void {
    this.#result = this.#change();
  }

  settle(): void {
    this.#resolve(this.#result as T);
  }
}

/** A change of the tables themselves. */
export class TableChange<T> extends PromisedChange<T> {
  needsTables(): boolean {
    return true;
  }
}

/** A new message. It goes to the pending rows, unless a recipient or the target is new, too. */
export class NewMessageChange extends PromisedChange<void> {
  readonly #isKnown: () => boolean;

  constructor(add: () => void, isKnown: () => boolean, resolve: () => void, reject: (error: unknown) => void) {
    super(add, resolve, reject);
    this.#isKnown = isKnown;
  }

  needsTables(): boolean {
    return !this.#isKnown();
  }
}

/** What the changes of statuses of a log share. */
export interface StatusPorts {
  /** Ids of the devices by name. */
  readonly ids: ReadonlyMap<string, number>;
  /** Changes a pending row. @returns whether the delivery is there and had one of these statuses */
  change(mid: number, device: number, to: number, allowed: ReadonlySet<number>): boolean;
  /** Called with the id of a device when one of its deliveries is settled. */
  noteSettled(device: number): void;
}

/** Another status of a delivery. */
export class StatusChange implements QueuedChange {
  readonly mid: number;
  readonly listens: boolean;
  readonly #ports: StatusPorts;
  readonly #device: string;
  readonly #to: number;
  readonly #allowed: ReadonlySet<number>;
  readonly #settles: boolean;
  readonly #told: Settlement;
  #changed = false;

  /**
   * @param allowed the statuses that it may leave
   * @param settles whether the new status is final
   * @param listens whether `told` is a listener, and not the functions of a promise
   */
  constructor(
    ports: StatusPorts,
    mid: number,
    device: string,
    to: number,
    allowed: ReadonlySet<number>,
    settles: boolean,
    told: Settlement,
    listens: boolean,
  ) {
    this.#ports = ports;
    this.mid = mid;
    this.#device = device;
    this.#to = to;
    this.#allowed = allowed;
    this.#settles = settles;
    this.#told = told;
    this.listens = listens;
  }

  needsTables(): boolean {
    return false;
  }

  device(): number | undefined {
    return this.#ports.ids.get(this.#device);
  }

  make(): void {
    const id = this.device();
    this.#changed = id !== undefined && this.#ports.change(this.mid, id, this.#to, this.#allowed);
    if (this.#changed && this.#settles) this.#ports.noteSettled(id as number);
  }

  settle(): void {
    this.#told.settled(this.#changed);
  }

  reject(error: unknown): void {
    this.#told.failed(error);
  }
}

function tell(group: readonly QueuedChange[], from: number, to: number, logger: Logger): void {
  for (let index = from; index < to; index += 1) {
    try {
      group[index]?.settle();
    } catch (err) {
      logger.error({ err }, 'listener fault');
    }
  }
}

/** Tells those who wait for a group that it is durable, in the order of the calls. */
export function settleAll(group: readonly QueuedChange[], logger: Logger): void {
  for (let index = 0; index < group.length; ) {
    const first = index;
    while (group[index]?.listens === true) index += 1;
    if (index > first) {
      // Promises that were resolved before have called their listeners by then.
      const end = index;
      queueMicrotask(() => tell(group, first, end, logger));
    } else {
      group[index]?.settle();
      index += 1;
    }
  }
}
