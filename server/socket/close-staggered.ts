// Closes many sockets a few at a time, because clients that are all closed at once all reconnect at once.

/** How many sockets are closed together, if the time allows. */
const AT_ONCE = 100;
/** Time in ms from one group to the next. */
const STEP = 100;

/** Visits all in their order: the first ones at once, and the last of very many at most `within` ms later. */
export function closeStaggered<T>(all: readonly T[], within: number, visit: (one: T) => void): void {
  const groups = Math.floor(within / STEP) + 1;
  const size = Math.max(AT_ONCE, Math.ceil(all.length / groups));
  for (const one of all.slice(0, size)) visit(one);
  const left = all.slice(size);
  if (left.length > 0) setTimeout(() => closeStaggered(left, within - STEP, visit), STEP);
}
