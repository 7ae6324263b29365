// Gathers what is written to a socket within one turn of the event loop into one system call.

/** The part of a stream that gathering needs. */
export interface Corkable {
  cork(): void;
  uncork(): void;
}

/** Holds sockets corked until the turn ends. A cork of its own per caller: `hold` once per socket and turn. */
export interface Corks {
  hold(socket: Corkable, released: () => void): void;
}

/** Makes the corks that all sockets of a relay share. */
export function createCorks(): Corks {
  let held: [Corkable, () => void][] = [];

  function release(): void {
    const turn = held;
    held = [];
    for (const [socket, released] of turn) {
      released();
      socket.uncork();
    }
  }

  return {
    hold(socket, released) {
      socket.cork();
      if (held.push([socket, released]) === 1) setImmediate(release);
    },
  };
}
