// Waiting for what tells no one when it happens.
import { setTimeout as pause } from 'node:timers/promises';

/** Between one look and the next, in ms. */
const PERIOD = 20;

/**
 * Looks again and again until the check is truthy, and returns what it found. An error in the check counts as "not yet".
 * @throws Error that says what was awaited, when it does not come within `limit` ms
 */
export async function eventually<T>(what: string, check: () => T | Promise<T>, limit = 15_000): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    let last: unknown;
    try {
      const found = await check();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}; last: ${String(last)}`, { cause: last });
    await pause(PERIOD);
  }
}
