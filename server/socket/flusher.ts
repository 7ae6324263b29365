// Has what was queued for sockets within one turn of the event loop leave when the turn ends.

/** Something with a queue. */
export interface Flushable {
  flush(): void;
}

/** Flushes at the end of each turn. */
export interface Flusher {
  /** Has it flushed once when the turn ends. */
  add(one: Flushable): void;
}

/** Makes the flusher that all sockets of a relay share. */
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
