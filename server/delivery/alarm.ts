// One timer for many times of which the earliest counts.
import type { Clock, Timer } from '../base/clock.ts';

/** Rings once at the earliest time that was set. Whoever waits for a later one sets it anew then. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (setBack: number) => void;
  #timer: Timer;
  #due = Number.POSITIVE_INFINITY;

  /** @param ring is told by how many ms the clock was set back: timers run on, so what was due by the old time is due now */
  constructor(clock: Clock, ring: (setBack: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** @param due ms since 1970 */
  set(due: number): void {
    if (due >= this.#due) return;
    this.#clock.clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = this.#clock.setTimeout(() => this.#rings(), due - this.#clock.now());
  }

  clear(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  #rings(): void {
    const setBack = Math.max(0, this.#due - this.#clock.now());
    this.#due = Number.POSITIVE_INFINITY;
    this.#ring(setBack);
  }
}
