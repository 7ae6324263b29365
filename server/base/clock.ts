// Ground floor: time as a port, so that a test can move it.

/** An armed timer; opaque to everyone but the clock that made it. */
export type Timer = unknown;

/** Wall-clock time and timers, all in milliseconds. */
export interface Clock {
  now(): number;
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer): void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
