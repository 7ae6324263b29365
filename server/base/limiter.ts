// A bound on how much of one kind of work runs at once, with a bounded queue in front of it.

/** Bounds of a {@link Limiter}. */
export interface LimiterOptions {
  /** How much work may run at once. */
  readonly concurrency: number;
  /** How many callers may wait for a slot; `Infinity` where something else already bounds them. */
  readonly queue: number;
}

/** Hands out slots for work, in the order of the requests. */
export interface Limiter {
  /**
   * Resolves to a function that gives the slot back; calling it a second time does nothing. Resolves to undefined if
   * the queue is full, or if the signal aborts before a slot is free.
   */
  acquire(signal?: AbortSignal): Promise<(() => void) | undefined>;
}

/** Makes a limiter with all slots free. */
export function createLimiter({ concurrency, queue }: LimiterOptions): Limiter {
  const waiting = new Set<(release: (() => void) | undefined) => void>();
  let running = 0;

  /** Makes the function that gives back a slot which is taken already. */
  function slot(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = waiting;
      if (next === undefined) {
        running -= 1;
        return;
      }
      waiting.delete(next);
      next(slot());
    };
  }

  return {
    async acquire(signal) {
      if (signal?.aborted === true) return undefined;
      if (running < concurrency) {
        running += 1;
        return slot();
      }
      if (waiting.size >= queue) return undefined;
      return new Promise((resolve) => {
        const enter = (release: (() => void) | undefined) => {
          signal?.removeEventListener('abort', leave);
          resolve(release);
        };
        const leave = () => {
          waiting.delete(enter);
          resolve(undefined);
        };
        waiting.add(enter);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
