// Finds out which peers are gone: after some silence it asks, and after some more it gives up.
import type { Clock, Timer } from '../../../base/clock.ts';

/** Times in ms. */
export interface LivenessTimes {
  readonly activity: number;
  readonly pong: number;
}

/** What a liveness does. */
export interface LivenessPorts {
  readonly clock: Clock;
  ask(): void;
  giveUp(): void;
}

/** So much later than the client, which asks after the same time, so that most often it is the client who does, in ms. */
const GRACE = 5_000;

/** One peer's signs of life. A sign costs no timer: the one that runs looks how long ago the last sign was. */
export class Liveness {
  readonly #ports: LivenessPorts;
  readonly #times: LivenessTimes;
  #last: number;
  #asked = false;
  #timer: Timer;

  constructor(times: LivenessTimes, ports: LivenessPorts) {
    this.#times = times;
    this.#ports = ports;
    this.#last = ports.clock.monotonic();
    this.#arm(times.activity + GRACE);
  }

  /** The peer was heard. @param now a reading of `Clock.monotonic()` */
  sign(now: number): void {
    this.#last = now;
    this.#asked = false;
  }

  stop(): void {
    this.#ports.clock.clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = this.#ports.clock.setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const { clock, ask, giveUp } = this.#ports;
    if (this.#asked) {
      giveUp();
      return;
    }
    const left = this.#last + this.#times.activity + GRACE - clock.monotonic();
    if (left > 0) {
      this.#arm(left);
      return;
    }
    this.#asked = true;
    this.#arm(this.#times.pong);
    ask();
  }
}
