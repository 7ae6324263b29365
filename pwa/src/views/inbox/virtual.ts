// Arithmetic of a virtual list: positions, the visible range, and the shift that keeps visible rows in place.

/** A row: its key is unique, its height is known in advance. */
export interface Placed {
  readonly key: string;
  readonly height: number;
}

/** The position of each row, and the end of the list as the last entry. */
export function offsetsOf(rows: readonly Placed[]): readonly number[] {
  const offsets = new Array<number>(rows.length + 1);
  let at = 0;
  rows.forEach((row, index) => {
    offsets[index] = at;
    at += row.height;
  });
  offsets[rows.length] = at;
  return offsets;
}

/** The index of the row at `y`. 0 for an empty list. */
export function rowAt(offsets: readonly number[], y: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The visible rows with a margin on both sides, as the first index and the index after the last. */
export function visibleRange(
  offsets: readonly number[],
  top: number,
  height: number,
  margin: number,
): readonly [first: number, end: number] {
  if (offsets.length < 2) return [0, 0];
  return [rowAt(offsets, top - margin), rowAt(offsets, top + height + margin) + 1];
}

/**
 * How far to scroll so that visible rows stay in place. Follows the first visible row that is still in the new list.
 * 0 at the very top, where new messages push the others down.
 */
export function shiftOf(before: readonly Placed[], after: readonly Placed[], top: number): number {
  if (top <= 0 || before.length === 0) return 0;
  const old = offsetsOf(before);
  const places = new Map(after.map((row, index) => [row.key, index]));
  const next = offsetsOf(after);
  for (let index = rowAt(old, top); index < before.length; index += 1) {
    const place = places.get(before[index]?.key ?? '');
    if (place !== undefined) return (next[place] ?? 0) - (old[index] ?? 0);
  }
  return 0;
}
