// The attempts of one lane that are in flight, and how much of its window they use.
import type { Transport } from './ports.ts';
import type { HeldMessage, ReadAhead } from './read-ahead.ts';

/** One delivery in flight. */
export interface Attempt {
  readonly held: HeldMessage;
  /** Ends the transport's work on the latest try; undefined when that is over. */
  abort: AbortController | undefined;
  /** Whether the delivery was set aside before. */
  readonly wasSetAside: boolean;
  /** How many deliveries the receiver had taken when this attempt began. */
  readonly takenBefore: number;
  tries: number;
  /** When to look at it again, on the monotonic clock; `Infinity` while the transport works on it. */
  due: number;
  /** Whether the receiver was asked if it has read the latest copy. */
  isAsked: boolean;
}

/** How often a delivery is tried before those behind it may pass. */
export const FIRST_TRIES = 3;

/** Holds at most `transport.window` messages and `transport.windowBytes` bytes. */
export class Attempts {
  readonly #transport: Transport;
  readonly #readAhead: ReadAhead;
  readonly #byMid = new Map<string, Attempt>();
  #bytes = 0;
  #secondTries = 0;

  constructor(transport: Transport, readAhead: ReadAhead) {
    this.#transport = transport;
    this.#readAhead = readAhead;
  }

  get size(): number {
    return this.#byMid.size;
  }

  /** Attempts for deliveries that were set aside before. */
  get secondTries(): number {
    return this.#secondTries;
  }

  get(mid: string): Attempt | undefined {
    return this.#byMid.get(mid);
  }

  has(mid: string): boolean {
    return this.#byMid.has(mid);
  }

  mids(): Iterable<string> {
    return this.#byMid.keys();
  }

  /** A copy of the list, for loops that end attempts. */
  list(): Attempt[] {
    return [...this.#byMid.values()];
  }

  /** Whether the transport works on one of them. */
  get isAtWork(): boolean {
    for (const { due } of this.#byMid.values()) if (due === Number.POSITIVE_INFINITY) return true;
    return false;
  }

  /** Whether the window has room for its bytes. A message that is larger than the window is sent on its own. */
  fits({ bytes }: HeldMessage): boolean {
    const { windowBytes } = this.#transport;
    return windowBytes === undefined || this.#byMid.size === 0 || this.#bytes + bytes <= windowBytes;
  }

  add(attempt: Attempt): void {
    this.#byMid.set(attempt.held.message.mid, attempt);
    this.#bytes += attempt.held.bytes;
    if (attempt.wasSetAside) this.#secondTries += 1;
  }

  /** Ends an attempt, and aborts the transport's work on it. */
  drop({ held, abort, wasSetAside }: Attempt): void {
    this.#byMid.delete(held.message.mid);
    this.#bytes -= held.bytes;
    if (wasSetAside) this.#secondTries -= 1;
    this.#readAhead.release(held);
    abort?.abort();
  }
}
