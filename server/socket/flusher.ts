// Flushes the queues of sockets at the end of each turn of the event loop.

/** A socket with a queue of frames. */
export interface Flushable {
  flush(): void;
}

/** Collects sockets, and flushes them when the turn ends. */
export interface Flusher {
  /** Flushes the socket at the end of the turn. Add it only once per turn. */
  add(socket: Flushable): void;
}

/** Creates the flusher that all sockets of a relay share. */
export function createFlusher(): Flusher {
  let due: Flushable[] = [];

  function flush(): void {
    const turn = due;
    due = [];
    for (const socket of turn) socket.flush();
  }

  return {
    add(socket) {
      if (due.push(socket) === 1) setImmediate(flush);
    },
  };
}
