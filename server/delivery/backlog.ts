// The deliveries that wait on a lane. The log is the queue, and this file keeps its head in memory.
// Not here: what is in flight (attempts.ts).
import type { ReadBounds, WaitingDelivery, WaitingPage } from './ports.ts';
import type { HeldMessage, ReadAhead } from './read-ahead.ts';

/** What a backlog needs from its lane. */
export interface BacklogPorts {
  /** Deliveries of the device that are not settled, above `after`, ascending, within the bounds. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** Whether the lane does not need to try a delivery that it finds in the log. */
  isDone(delivery: WaitingDelivery): boolean;
  /** Whether the lane has nothing in flight. Then it may hold one message, even if the other lanes use all the room. */
  isIdle(): boolean;
  /** Called for a delivery that the log cannot read. */
  damaged(mid: string): void;
  /** Called when more is in memory, or the log has no more. */
  loaded(): void;
  /** Called when the log could not be read. `refill` tries again. */
  failed(error: unknown): void;
}

/** The most messages of one page. The rest waits in the log. */
const MAX_MESSAGES = 256;
/** The next page is read when so few messages are left, so that the lane need not wait for it. */
const LOW = 64;
/** The most bytes of one page, so that many lanes can read at the same time. */
const MAX_PAGE = 262_144;

/** First in, first out. An offline device costs no memory, and a long backlog is read page by page. */
export class Backlog {
  readonly #ports: BacklogPorts;
  readonly #readAhead: ReadAhead;
  /** Made when a message first waits. */
  #head: Map<string, HeldMessage> | undefined;
  /** The log may hold deliveries above `#last` that are not in memory. */
  #behind: boolean;
  /** The greatest mid that came into memory since the last rewind. */
  #last = 0;
  #loading = false;
  /** Mids that were settled while a page is being read, which may still contain them. Undefined if none is read. */
  #settled: Set<string> | undefined;
  /** Counts rewinds. A page that was requested before a rewind is dropped. */
  #epoch = 0;

  /** @param behind whether the log holds unsettled deliveries of the device */
  constructor(ports: BacklogPorts, readAhead: ReadAhead, behind: boolean) {
    this.#ports = ports;
    this.#readAhead = readAhead;
    this.#behind = behind;
  }

  /** Whether the log is being read. */
  get isReading(): boolean {
    return this.#loading;
  }

  /** Whether no message is in memory. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** The oldest message in memory. */
  first(): HeldMessage | undefined {
    for (const first of this.#head?.values() ?? []) return first;
    return undefined;
  }

  /** Removes a message that the lane is about to try. From now on, the lane holds it. */
  take({ message }: HeldMessage): void {
    this.#head?.delete(message.mid);
  }

  /**
   * Takes a message that is already in the log past the empty queue. From now on, the lane holds it.
   * @returns false if others are before it, or it is not new; then nothing has changed
   */
  pass(one: HeldMessage): boolean {
    const mid = Number(one.message.mid);
    if (mid <= this.#last || this.#behind || this.#loading || this.#size > 0 || !this.#mayHold(one)) return false;
    this.#readAhead.hold(one);
    this.#last = mid;
    return true;
  }

  get #size(): number {
    return this.#head?.size ?? 0;
  }

  /** Whether greater mids came into memory since the last rewind. */
  isBeyond({ message: { mid } }: HeldMessage): boolean {
    return Number(mid) <= this.#last;
  }

  /** Adds a message that is already in the log. */
  add(one: HeldMessage): void {
    if (this.isBeyond(one)) return;
    if (this.#behind || this.#loading || this.#size >= MAX_MESSAGES || !this.#mayHold(one)) {
      this.#behind = true;
    } else {
      this.#keep(one);
    }
  }

  /** Drops a settled delivery. @returns whether it waited in memory */
  drop(mid: string): boolean {
    this.#settled?.add(mid);
    const one = this.#head?.get(mid);
    if (one === undefined) return false;
    this.#readAhead.release(one);
    return this.#head?.delete(mid) === true;
  }

  /** Empties the memory, so that everything is read again. @param behind whether the log has unsettled deliveries */
  rewind(behind: boolean): void {
    this.#epoch += 1;
    this.#behind = behind;
    this.#last = 0;
    this.#loading = false;
    this.#settled = undefined;
    for (const one of this.#head?.values() ?? []) this.#readAhead.release(one);
    this.#head = undefined;
  }

  /** Reads the next page of the log if little is left in memory. */
  refill(): void {
    if (!this.#behind || this.#loading) return;
    const { room } = this.#readAhead;
    // With little room, a page may be empty. Then there is no point in asking for it early.
    if (this.#size > (room < MAX_PAGE ? 0 : LOW)) return;
    const maxBytes = Math.min(MAX_PAGE, Math.max(0, room));
    const isIdle = this.#ports.isIdle();
    // No room. The lane still has messages in flight; when they are settled, it may read at least one.
    if (maxBytes === 0 && !isIdle) return;
    const epoch = this.#epoch;
    this.#loading = true;
    this.#settled = new Set();
    this.#behind = false;
    const giveBack = this.#readAhead.reserve(maxBytes);
    const held = (mid: string) => this.#readAhead.find(mid);
    this.#ports.load(String(this.#last), { limit: MAX_MESSAGES, maxBytes, atLeastOne: isIdle, held }).then(
      (page) => {
        giveBack();
        if (epoch === this.#epoch) this.#read(page);
      },
      (error: unknown) => {
        giveBack();
        if (epoch !== this.#epoch) return;
        this.#ended(true);
        this.#ports.failed(error);
      },
    );
  }

  #read({ deliveries, damaged, more }: WaitingPage): void {
    for (const mid of damaged) this.#ports.damaged(mid);
    for (const delivery of deliveries) {
      const { message, bytes } = delivery;
      if (this.#settled?.has(message.mid) === true || this.#ports.isDone(delivery)) this.#last = Number(message.mid);
      else this.#keep(this.#readAhead.share(message, bytes));
    }
    this.#last = Math.max(this.#last, Number(damaged.at(-1) ?? 0));
    this.#ended(more);
    // An empty page with more behind it means that there was no room. The lane continues when it settles a message,
    // unless it settled its last one during the read.
    const isEmpty = deliveries.length === 0 && damaged.length === 0;
    if (!isEmpty || !more || this.#ports.isIdle()) this.#ports.loaded();
  }

  #mayHold(one: HeldMessage): boolean {
    return this.#readAhead.fits(one) || (this.#size === 0 && this.#ports.isIdle());
  }

  #keep(one: HeldMessage): void {
    this.#readAhead.hold(one);
    this.#last = Number(one.message.mid);
    this.#head ??= new Map();
    this.#head.set(one.message.mid, one);
  }

  /** @param behind whether the log may have more. Messages that came during the read may already have set `#behind` */
  #ended(behind: boolean): void {
    this.#loading = false;
    this.#settled = undefined;
    if (behind) this.#behind = true;
  }
}
