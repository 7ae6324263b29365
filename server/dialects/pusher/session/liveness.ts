// Finds clients that are gone: after some silence it sends a ping, and without an answer it gives up.
import type { Clock } from '../../../base/clock.ts';
import { SharedTimeout } from '../../../base/shared-timeout.ts';
import type { AppLimits } from '../../../channel/app.ts';

/** Times in ms. */
export interface LivenessTimes {
  readonly activity: number;
  readonly pong: number;
}

/** A client that is watched. */
export interface WatchedClient {
  /** Sends a ping. */
  ask(): void;
  /** Closes the socket. */
  giveUp(): void;
}

/** Clients ping after the same silence. The relay waits this much longer, in ms, so that it rarely has to ping. */
const GRACE = 5_000;

/** Tracks the signs of life of all clients with the same times. */
export class Liveness {
  readonly #silent: SharedTimeout<WatchedClient>;
  readonly #asked: SharedTimeout<WatchedClient>;

  constructor({ activity, pong }: LivenessTimes, clock: Clock) {
    this.#asked = new SharedTimeout(clock, pong, (client) => client.giveUp());
    this.#silent = new SharedTimeout(clock, activity + GRACE, (client) => {
      this.#asked.start(client, clock.monotonic());
      client.ask();
    });
  }

  /** The client connected or sent something. @param now a reading of `Clock.monotonic()` */
  sign(client: WatchedClient, now: number): void {
    this.#asked.stop(client);
    this.#silent.start(client, now);
  }

  stop(client: WatchedClient): void {
    this.#asked.stop(client);
    this.#silent.stop(client);
  }
}

/** Makes a function that returns the liveness for the limits of an app. Clients with the same limits share one. */
export function createLivenessOf(clock: Clock): (limits: AppLimits) => Liveness {
  const made = new WeakMap<AppLimits, Liveness>();
  return (limits) => {
    let liveness = made.get(limits);
    if (liveness === undefined) {
      const { activityTimeoutSec, pongTimeoutSec } = limits;
      liveness = new Liveness({ activity: activityTimeoutSec * 1000, pong: pongTimeoutSec * 1000 }, clock);
      made.set(limits, liveness);
    }
    return liveness;
  };
}
