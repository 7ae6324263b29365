// Flushes queues at the end of each turn of the event loop, so that what is said in one turn leaves in one write.

/** Has a queue that can be flushed. */
export interface Flushable {
  flush(): void;
}

/** Collects those with something in their queues, and flushes them when the turn ends. */
export interface Flusher {
  /** Flushes this one at the end of the turn. Add it only once per turn. */
  add(one: Flushable): void;
}

/** Creates a flusher, for many to share. */
export function createFlusher(): Flusher {
  let due: Flushable[] = [];

  function flush(): void {
    const turn = due;
    due = [];
    for (const one of turn) one.flush();
  }

  return {
    add(one) {
      if (due.push(one) === 1) setImmediate(flush);
    },
  };
}
