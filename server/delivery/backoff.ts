// How long a delivery rests between two attempts.
import type { RetryPolicy } from './ports.ts';

/**
 * The wait after the given number of attempts, in ms: `base` after each of the first `steady` ones, then doubling up to
 * `cap`. After those it is spread by a quarter either way, so that many deliveries do not return in step.
 *
 * @param random a number in [0, 1)
 */
export function retryDelay(attempts: number, { base, cap, steady = 3 }: RetryPolicy, random: number): number {
  if (attempts <= steady) return Math.min(base, cap);
  // The exponent is bounded, since 2 to a large number of attempts is Infinity and Infinity * 0 is not a number.
  const doubled = base * 2 ** Math.min(attempts - Math.max(steady, 1), 30);
  return Math.round(Math.min(cap, doubled * (0.75 + random / 2)));
}
