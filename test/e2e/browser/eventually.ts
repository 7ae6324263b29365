// Waiting for what tells nobody when it happens: a browser's page, or a relay in another process.
import { setTimeout as pause } from 'node:timers/promises';

/** Between one look and the next, in ms. */
const PERIOD = 25;

/**
 * Looks again and again until what is found is right, and returns it. Rejects after `timeoutMs` with `what` was awaited and
 * what was found last.
 */
export async function eventually<T>(
  look: () => Promise<T>,
  isRight: (found: T) => boolean,
  what: string,
  timeoutMs = 30_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (isRight(found)) return found;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${JSON.stringify(found)}`);
    await pause(PERIOD);
  }
}
