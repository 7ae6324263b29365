// One piece of work at a time for each key, so that no change builds on another that may still fail.

/** Serialises work per key. Keys are forgotten when their last work has ended. */
export interface KeyedMutex {
  /**
   * Runs the work once all earlier work of the same key has ended, whether it succeeded or failed. Work of other keys
   * does not wait. Starts at once, in the same turn, when the key is free.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Makes a mutex with every key free. */
export function createKeyedMutex(): KeyedMutex {
  const latest = new Map<string, Promise<void>>();
  return {
    run(key, work) {
      const before = latest.get(key);
      const result = before === undefined ? work() : before.then(work);
      const forget = () => {
        if (latest.get(key) === end) latest.delete(key);
      };
      const end: Promise<void> = result.then(forget, forget);
      latest.set(key, end);
      return result;
    },
  };
}
