// Keeps V8's young generation at 4 MB. By itself it grows to 16 MB, of which V8 keeps up to three resident, and never
// gets smaller while the relay works. See docs/decisions/0016-a-young-generation-of-4-mb.md.
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import type { Clock } from './clock.ts';

/** Bytes of both halves of the young generation. A smaller one costs CPU time. */
const ENOUGH = 8 * 2 ** 20;
/** Time in ms between two looks, until it is large enough. */
const INTERVAL = 1000;

/** The young generation of this process. */
const ownHeap = {
  size: () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0,
  /** V8 reads the flag each time when it would grow. */
  stopGrowth: () => setFlagsFromString('--semi-space-growth-factor=1'),
};

/** Lets the young generation grow until it is large enough, and no further. Returns what ends the looks. */
export function boundYoungGeneration(clock: Clock, heap = ownHeap): () => void {
  let timer: unknown;
  const look = () => {
    if (heap.size() >= ENOUGH) heap.stopGrowth();
    else timer = clock.setTimeout(look, INTERVAL);
  };
  look();
  return () => clock.clearTimeout(timer);
}
