// Flushes the queues of sockets at the end of each turn of the event loop.

/** Something with a queue. */
export interface Flushable {
  flush(): void;
}

/** Flushes what was added when the turn ends. */
export interface Flusher {
  /** Has `one` flushed at the end of the turn. Add it once per turn. */
  add(one: Flushable): void;
}

/** Creates the flusher that all sockets of a relay share. */
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
