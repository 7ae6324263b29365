// Does something to many sockets a few at a time: those that are sent away all at once come back all at once.

/** Most sockets of a wave, as long as that leaves time for all. */
const AT_ONCE = 100;
/** Between two waves, in ms. */
const STEP = 100;

/** Visits all in their order: the first at once, and the last of very many after `within` ms at most. */
export function inWaves<T>(all: readonly T[], within: number, visit: (one: T) => void): void {
  const waves = Math.floor(within / STEP) + 1;
  const size = Math.max(AT_ONCE, Math.ceil(all.length / waves));
  for (const one of all.slice(0, size)) visit(one);
  const left = all.slice(size);
  if (left.length > 0) setTimeout(() => inWaves(left, within - STEP, visit), STEP);
}
