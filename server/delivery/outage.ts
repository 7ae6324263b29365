// A receiver does not take the oldest message. Either it is away, or it refuses this message and would take others. To
// find out, the lane walks through the deliveries, oldest first and one at a time, until the receiver takes one. Each
// walk starts again with the oldest, so that the order is kept when the receiver comes back, and goes further than the
// walk before.

/** Each walk is twice as long as the one before, up to 2 to this power. */
const MAX_DOUBLINGS = 6;

/** One outage: from the failure of the first tries until the receiver takes a delivery. */
export class Outage {
  /** The deliveries that failed in this walk, with how often each was tried. */
  readonly failed = new Map<string, number>();
  /** When the next walk begins; `Infinity` during one. */
  due = Number.POSITIVE_INFINITY;
  /** How often each delivery was tried, in all walks. */
  readonly #tries = new Map<string, number>();
  #walks = 0;
  /** How many deliveries this walk may still try. */
  #left = 1;
  /** The pause after this walk, in ms. */
  #rest = 0;

  /** Whether this walk has tried as many as it may. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Takes one step. @returns how often the delivery was tried before */
  step(mid: string): number {
    this.#left -= 1;
    return this.#tries.get(mid) ?? 0;
  }

  /** Notes a failure. The longest `rest` of a walk, in ms, becomes the pause after it. */
  fail(mid: string, tries: number, rest: number): void {
    this.#rest = Math.max(this.failed.size === 0 ? 0 : this.#rest, rest);
    this.failed.set(mid, tries);
    this.#tries.set(mid, tries);
  }

  /** Forgets a settled delivery. @returns whether it failed in this walk */
  forget(mid: string): boolean {
    this.#tries.delete(mid);
    return this.failed.delete(mid);
  }

  /** Ends the walk and begins the pause. */
  rest(now: number): void {
    this.due = now + this.#rest;
  }

  /** Begins the next walk. */
  walk(): void {
    this.#walks += 1;
    this.#left = 1 + 2 ** Math.min(this.#walks, MAX_DOUBLINGS);
    this.due = Number.POSITIVE_INFINITY;
    this.failed.clear();
  }

  /**
   * The deliveries that failed although the receiver is there, and when to try each again. In the first walk they wait
   * for the pause. In a later one they are due at once, because the receiver may have been away when they failed.
   */
  refused(now: number): [mid: string, tries: number, due: number][] {
    const due = this.#walks === 0 ? now + this.#rest : now;
    return [...this.failed].map(([mid, tries]) => [mid, tries, due]);
  }
}
