// How long a delivery rests between two attempts.
import type { RetryPolicy } from './ports.ts';

const STEADY_ATTEMPTS = 3;

/**
 * The wait after the given number of attempts, in ms: `base` after each of the first three, then doubling up to `cap`.
 * From the fourth on it is spread by a quarter either way, so that many deliveries do not return in step.
 *
 * @param random a number in [0, 1)
 */
export function retryDelay(attempts: number, policy: RetryPolicy, random: number): number {
  if (attempts <= STEADY_ATTEMPTS) return Math.min(policy.base, policy.cap);
  // The exponent is bounded, since 2 to a large number of attempts is Infinity and Infinity * 0 is not a number.
  const doubled = policy.base * 2 ** Math.min(attempts - STEADY_ATTEMPTS, 30);
  return Math.round(Math.min(policy.cap, doubled * (0.75 + random / 2)));
}
