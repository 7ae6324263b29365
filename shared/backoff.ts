// How long to wait between two attempts of the same thing.

/** Waits between attempts, in ms. */
export interface Backoff {
  /** Wait after each of the first attempts. Later ones double it. */
  readonly base: number;
  /** Longest wait. */
  readonly cap: number;
  /** How many first attempts wait exactly `base`; 3 by default. With 0 even the first wait is spread. */
  readonly steady?: number;
}

/**
 * The wait in ms after that many attempts. After the steady attempts it doubles up to `cap`, spread by a quarter either
 * way, so that many retries do not come back at the same moment.
 *
 * @param random a number in [0, 1)
 */
export function backoffDelay(attempts: number, { base, cap, steady = 3 }: Backoff, random: number): number {
  if (attempts <= steady) return Math.min(base, cap);
  // The exponent is bounded: 2 to a large power is Infinity, and Infinity * 0 is not a number.
  const doubled = base * 2 ** Math.min(attempts - Math.max(steady, 1), 30);
  return Math.round(Math.min(cap, doubled * (0.75 + random / 2)));
}
