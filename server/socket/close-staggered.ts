// Closes many sockets in groups. If all closed at once, all clients would reconnect at once.

/** How many sockets close together. Groups are larger if the time is too short for groups of this size. */
const AT_ONCE = 100;
/** Time in ms from one group to the next. */
const STEP = 100;

/** Visits all items in order, in groups: the first group at once, the last group at most `within` ms later. */
export function closeStaggered<T>(all: readonly T[], within: number, visit: (item: T) => void): void {
  const groups = Math.floor(within / STEP) + 1;
  const size = Math.max(AT_ONCE, Math.ceil(all.length / groups));
  for (const item of all.slice(0, size)) visit(item);
  const left = all.slice(size);
  if (left.length > 0) setTimeout(() => closeStaggered(left, within - STEP, visit), STEP);
}
