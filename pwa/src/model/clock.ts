// Time and timers, which tests replace.

/** Time in ms since 1970, and timers. */
export interface Clock {
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Resolves after `ms`. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}

/** {@link within} rejects with this error when the time is over. */
export class TimeLimitError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.name = 'TimeLimitError';
  }
}

/** Waits for the work, but at most `ms`. Then rejects with a {@link TimeLimitError}. Does not stop the work itself. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  let timer: unknown;
  const limit = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new TimeLimitError(ms)), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clock.clearTimeout(timer);
  }
}
