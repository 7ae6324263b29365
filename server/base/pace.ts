// Runs work for many callers, at most once in a while.
import type { Clock } from './clock.ts';

/**
 * Makes a function that runs the work for its callers. Calls that come before a run begins share it, and a run begins at
 * the earliest `interval` ms after the one before. So whatever happened before a call has happened before its run.
 */
export function createPace(work: () => Promise<void>, interval: number, clock: Clock): () => Promise<void> {
  let next: Promise<void> | undefined;
  let last = Number.NEGATIVE_INFINITY;

  function run(): Promise<void> {
    next = undefined;
    last = clock.monotonic();
    return work();
  }

  return () => {
    if (next !== undefined) return next;
    const wait = last + interval - clock.monotonic();
    if (wait <= 0) return run();
    next = new Promise<void>((resolve) => void clock.setTimeout(resolve, wait)).then(run);
    return next;
  };
}
