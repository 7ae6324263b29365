// Time as a port, so that a test can move it.

/** An armed timer. Only the clock that made it knows what it is. */
export type Timer = unknown;

/** Two readings of time, and timers. All values are whole milliseconds. */
export interface Clock {
  /**
   * Wall-clock time since 1970, for what people read and what is stored. It jumps when someone sets the machine's clock,
   * so never subtract two of its readings to measure a duration.
   */
  now(): number;
  /** Time since an arbitrary start. It never jumps and never goes back. Use it for durations, limits and expiries in memory. */
  monotonic(): number;
  /** Timers run on monotonic time. */
  setTimeout(run: () => void, ms: number): Timer;
  /** Does nothing for a timer that has run, was cleared, or is `undefined`. */
  clearTimeout(timer: Timer): void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Whole numbers keep sums exact, such as those of a token bucket.
  monotonic: () => Math.floor(performance.now()),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
