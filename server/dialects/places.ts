// A bound on how much of one kind of work is done at once, with a line in front of it.

/** Places for work. */
export interface Places {
  /** Resolves to how to give the place back; to undefined when the line is full, or the signal ended while waiting. */
  take(signal?: AbortSignal): Promise<(() => void) | undefined>;
}

/** @param count works at once @param waiting how many may stand in line */
export function createPlaces(count: number, waiting: number): Places {
  const line = new Set<(release: (() => void) | undefined) => void>();
  let taken = 0;

  function release(): void {
    const [next] = line;
    if (next === undefined) {
      taken -= 1;
      return;
    }
    line.delete(next);
    next(release);
  }

  return {
    async take(signal) {
      if (signal?.aborted === true) return undefined;
      if (taken < count) {
        taken += 1;
        return release;
      }
      if (line.size >= waiting) return undefined;
      return new Promise((resolve) => {
        const enter = (place: (() => void) | undefined) => {
          signal?.removeEventListener('abort', leave);
          resolve(place);
        };
        const leave = () => {
          line.delete(enter);
          resolve(undefined);
        };
        line.add(enter);
        signal?.addEventListener('abort', leave, { once: true });
      });
    },
  };
}
