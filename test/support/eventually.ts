// Bounded waits for tests. If one fails, its error says what it waited for and what it saw last.

import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Longest wait in ms, below mocha's own limit for a test. On a busy machine, everything takes ten times as long. */
const LIMIT = 45_000;
/** Longest wait in ms for what a browser does. */
export const BROWSER_LIMIT = 90_000;
/** Time in ms between two checks. During the first such period, one runs in each turn: most things happen at once. */
const PERIOD = 20;

/** How {@link eventually} waits. */
export interface Waiting<T> {
  /** Whether the result of the check is the awaited one; by default, whether it is truthy. */
  readonly until?: (found: T) => boolean;
  /** Longest wait in ms. */
  readonly limit?: number;
}

/**
 * Calls `check` again and again until it finds what is awaited, and returns that. An error in the check counts as "not
 * yet", so that it may contain assertions. Other work continues between two checks.
 * @throws Error with the description and what was seen last, at the end of the limit
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  { until = Boolean, limit = LIMIT }: Waiting<T> = {},
): Promise<T> {
  const start = performance.now();
  for (;;) {
    let last: unknown;
    try {
      const found = await check();
      if (until(found)) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    const waited = performance.now() - start;
    if (waited > limit) throw late(what, limit, last);
    await (waited < PERIOD ? nextTurn() : pause(PERIOD));
  }
}

/**
 * The value of a promise that has to settle soon.
 * @param last what the error shows if it does not settle
 * @throws Error with the description, at the end of the limit
 */
export async function soon<T>(
  what: string,
  promise: Promise<T>,
  { last = () => undefined, limit = LIMIT }: { readonly last?: () => unknown; readonly limit?: number } = {},
): Promise<T> {
  const timer = new AbortController();
  const timeout = pause(limit, undefined, { signal: timer.signal }).then(() => {
    throw late(what, limit, last());
  });
  // The abort below ends this wait. That is not a failure.
  timeout.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer.abort();
  }
}

function late(what: string, limit: number, last: unknown): Error {
  const seen =
    last instanceof Error ? last.message : inspect(last, { depth: 5, breakLength: 120, maxStringLength: 2000 });
  return new Error(`not within ${limit} ms: ${what}; last seen: ${seen}`, { cause: last });
}
