// Finds clients that are gone: after some silence it sends a ping, and without an answer it gives up.
import type { Clock, Timer } from '../../../base/clock.ts';

/** Times in ms. */
export interface LivenessTimes {
  readonly activity: number;
  readonly pong: number;
}

/** What {@link Liveness} needs: `ask` sends a ping, `giveUp` closes the socket. */
export interface LivenessPorts {
  readonly clock: Clock;
  ask(): void;
  giveUp(): void;
}

/** Clients ping after the same silence. The relay waits this much longer, in ms, so that it rarely has to ping. */
const GRACE = 5_000;

/** Tracks one client's signs of life. A sign starts no timer. The running timer checks how long ago the last sign was. */
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

  /** The client sent something. @param now a reading of `Clock.monotonic()` */
  sign(now: number): void {
    this.#last = now;
    this.#asked = false;
  }

  stop(): void {
    this.#ports.clock.clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = this.#ports.clock.setTimeout(() => this.#check(), ms);
  }

  #check(): void {
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
