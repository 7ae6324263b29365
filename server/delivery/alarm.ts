// One timer for many due times. Only the earliest counts.
import type { Clock, Timer } from '../base/clock.ts';

/**
 * Rings once, at the earliest time that was set. Callers that wait for later times must set those again when it rings.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #owner: { ring(): void };
  #timer: Timer;
  #due = Number.POSITIVE_INFINITY;

  /** @param owner whose `ring` is called; not a function, so that an alarm takes little memory */
  constructor(clock: Clock, owner: { ring(): void }) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** @param due a reading of `Clock.monotonic`; `Infinity` sets nothing */
  set(due: number): void {
    if (due >= this.#due) return;
    this.#clock.clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = this.#clock.setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#owner.ring();
    }, due - this.#clock.monotonic());
  }

  clear(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }
}
