// Lets sockets wait for a Redis that is away for a moment: their clients would only connect again, all at once.
import type { Clock, Timer } from '../../base/clock.ts';
import type { RedisConnection } from './connection.ts';
import { RedisError } from './errors.ts';

/** Wait in ms between two tries. Those who wait share it. */
const PAUSE = 200;

/** Tries again what Redis did not do. */
export interface Patience {
  /**
   * Calls `run`, and again while Redis does not do it. What it does must be safe to repeat.
   * @throws what it rejected with in the end
   */
  of<T>(run: () => Promise<T>): Promise<T>;
  /** No one waits any longer. */
  close(): void;
}

/** Makes it. @param limit how long someone waits at the most, in ms */
export function createPatience(connection: Pick<RedisConnection, 'state'>, clock: Clock, limit: number): Patience {
  let next: Promise<void> | undefined;
  let wake = () => {};
  let timer: Timer;
  let isClosed = false;

  function soon(): Promise<void> {
    next ??= new Promise((resolve) => {
      wake = () => {
        next = undefined;
        resolve();
      };
      timer = clock.setTimeout(wake, PAUSE);
    });
    return next;
  }

  return {
    async of(run) {
      const end = clock.monotonic() + limit;
      const isOver = () => isClosed || clock.monotonic() >= end;
      for (;;) {
        try {
          return await run();
        } catch (error) {
          if (!(error instanceof RedisError) || isOver()) throw error;
        }
        // Without a connection, a try costs as much as a look.
        do await soon();
        while (connection.state === 'unsure' && !isOver());
      }
    },
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
      wake();
    },
  };
}
