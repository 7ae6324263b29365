// How long to wait between two attempts.

/** Waits between attempts, in ms. */
export interface Backoff {
  /** Wait after each of the first attempts. Each later attempt doubles it. */
  readonly base: number;
  /** Longest wait. */
  readonly cap: number;
  /**
   * How many of the first attempts are followed by exactly `base`; 3 by default. With 0, even the first wait is random.
   */
  readonly steady?: number;
}

/**
 * The wait in ms after that many attempts. After the steady attempts it doubles up to `cap`, and varies by a quarter in
 * both directions, so that many retries do not come at the same moment.
 *
 * @param random a number in [0, 1)
 */
export function backoffDelay(attempts: number, { base, cap, steady = 3 }: Backoff, random: number): number {
  if (attempts <= steady) return Math.min(base, cap);
  // The exponent is bounded: 2 to a large power is Infinity, and Infinity * 0 is not a number.
  const doubled = base * 2 ** Math.min(attempts - Math.max(steady, 1), 30);
  return Math.round(Math.min(cap, doubled * (0.75 + random / 2)));
}

const RECONNECT = { first: 1000, longest: 60_000 };

/**
 * The wait in ms before a client connects again after that many failures. It doubles up to a minute and is a random
 * value in the upper half of that, so that after a restart of the relay not all clients come at once.
 *
 * @param random a number in [0, 1)
 */
export function reconnectDelay(failures: number, random: number): number {
  const full = Math.min(RECONNECT.longest, RECONNECT.first * 2 ** Math.min(failures, 16));
  return Math.round(full * (0.5 + random / 2));
}
