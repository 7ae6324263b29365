// Bounded waiting.

/**
 * Waits for a promise for at most `ms`.
 * @param what what is waited for, as the error names it
 * @throws Error when the time is over
 */
export async function within<Result>(ms: number, what: () => string, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what()}: not within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
