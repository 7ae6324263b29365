// How many peers have not proven yet who they are.

/** Those of all sockets, and of upgrades that are being decided. */
export interface Unauthenticated {
  count(): number;
  /** Counts one more; returns how that ends, of which a second call does nothing. */
  enter(): () => void;
}

/** Makes the count of one layer. */
export function createUnauthenticated(): Unauthenticated {
  let count = 0;
  return {
    count: () => count,
    enter() {
      let waits = true;
      count += 1;
      return () => {
        if (waits) count -= 1;
        waits = false;
      };
    },
  };
}
