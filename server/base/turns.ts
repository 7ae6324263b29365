// Spreads work over turns of the event loop, so that a burst of it does not hold up everything else.

/**
 * Asks for a place in a turn. Returns undefined if the current turn has one, and otherwise a promise that resolves in the
 * first later turn that has one, in the order of the calls.
 */
export type Turns = () => Promise<void> | undefined;

/**
 * Makes turns with this many places each. Between two turns, the event loop handles what has arrived meanwhile. Callers
 * that wait are not bounded here.
 */
export function createTurns(places: number): Turns {
  const waiting = new Set<() => void>();
  let left = places;
  let isBusy = false;

  function begin(): void {
    isBusy = true;
    setImmediate(() => {
      isBusy = false;
      left = places;
      for (const enter of waiting) {
        if (left === 0) break;
        waiting.delete(enter);
        left -= 1;
        enter();
      }
      if (left < places) begin();
    });
  }

  return () => {
    if (!isBusy) begin();
    if (left === 0) return new Promise((resolve) => waiting.add(resolve));
    left -= 1;
    return undefined;
  };
}
