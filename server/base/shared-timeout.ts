// One timer for many things that each wait for the same time.
import type { Clock, Timer } from './clock.ts';

/** Wakes each thing so long after its own start. A thing costs one entry of a map, where a timer of its own costs ten times that. */
export class SharedTimeout<T> {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #wake: (one: T) => void;
  /** When each is due, as readings of `Clock.monotonic()`. All wait equally long, so the first to be due is always in front. */
  readonly #due = new Map<T, number>();
  #timer: Timer;

  constructor(clock: Clock, ms: number, wake: (one: T) => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#wake = wake;
  }

  /** Starts the time of one, again if it waits already. @param now a reading of `Clock.monotonic()` */
  start(one: T, now: number): void {
    this.#due.delete(one);
    this.#due.set(one, now + this.#ms);
    this.#timer ??= this.#clock.setTimeout(() => this.#check(), this.#ms);
  }

  /** Does nothing for one that does not wait. */
  stop(one: T): void {
    if (!this.#due.delete(one) || this.#due.size > 0) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    const now = this.#clock.monotonic();
    try {
      for (const [one, due] of this.#due) {
        if (due > now) return;
        this.#due.delete(one);
        this.#wake(one);
      }
    } finally {
      this.#arm();
    }
  }

  /** Sets the timer to the first that is due. */
  #arm(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const due of this.#due.values()) {
      this.#timer = this.#clock.setTimeout(() => this.#check(), Math.max(0, due - this.#clock.monotonic()));
      return;
    }
  }
}
