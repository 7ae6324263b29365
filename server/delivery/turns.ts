// One thing at a time for each name, so that no change of a device is built on another that may still fail.

/** Runs work when all earlier work of the same key has ended, however it ended; other keys do not wait. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Makes the turns of one set of keys. */
export function createTurns(): InTurn {
  const latest = new Map<string, Promise<void>>();
  return (key, work) => {
    const before = latest.get(key);
    const result = before === undefined ? work() : before.then(work);
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    latest.set(key, end);
    end.then(() => {
      if (latest.get(key) === end) latest.delete(key);
    });
    return result;
  };
}
