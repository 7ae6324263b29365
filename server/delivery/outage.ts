// A receiver that does not take the oldest message. Either it is away, or it refuses this message and would take others.
// To find out, the lane walks through the deliveries, oldest first and one at a time, until one is taken. Each walk starts
// with the oldest again, so the order holds when the receiver comes back, and each goes further than the one before.

/** Walks get twice as long each time, up to 2 to this power. */
const MAX_DOUBLINGS = 6;

/** One outage, from the failure of the first tries to the first delivery that is taken. */
export class Outage {
  /** What failed in this walk: how often each was tried. */
  readonly failed = new Map<string, number>();
  /** When the next walk begins; `Infinity` during one. */
  due = Number.POSITIVE_INFINITY;
  readonly #tries = new Map<string, number>();
  #walks = 0;
  #left = 1;
  #rest = 0;

  /** Whether this walk has tried as many as it may. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Takes one step; gives how often the delivery was tried before. */
  step(mid: string): number {
    this.#left -= 1;
    return this.#tries.get(mid) ?? 0;
  }

  /** Notes a failure. The walk is followed by the longest of the rests. */
  fail(mid: string, tries: number, rest: number): void {
    this.#rest = Math.max(this.failed.size === 0 ? 0 : this.#rest, rest);
    this.failed.set(mid, tries);
    this.#tries.set(mid, tries);
  }

  /** Forgets a delivery that was settled. */
  forget(mid: string): boolean {
    this.#tries.delete(mid);
    return this.failed.delete(mid);
  }

  /** Ends the walk. */
  rest(now: number): void {
    this.due = now + this.#rest;
  }

  /** Begins the next one. */
  walk(): void {
    this.#walks += 1;
    this.#left = 1 + 2 ** Math.min(this.#walks, MAX_DOUBLINGS);
    this.due = Number.POSITIVE_INFINITY;
    this.failed.clear();
  }

  /** What the receiver refuses although it takes others, and when to try each again: after a walk it may all have been away. */
  refused(now: number): [mid: string, tries: number, due: number][] {
    const due = this.#walks === 0 ? now + this.#rest : now;
    return [...this.failed].map(([mid, tries]) => [mid, tries, due]);
  }
}
