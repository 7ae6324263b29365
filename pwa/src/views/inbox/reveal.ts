// Scrolls to a row that may not be rendered yet, since the list renders only visible rows.
import type { Row } from './rows.ts';
import { offsetsOf } from './virtual.ts';

/** Scrolls as little as needed. */
export function reveal(scroller: HTMLElement | null, rows: readonly Row[], key: string): void {
  const list = scroller?.querySelector<HTMLElement>('.list');
  const index = rows.findIndex((row) => row.key === key);
  if (scroller === null || list === null || list === undefined || index < 0) return;
  const offsets = offsetsOf(rows);
  const top = (offsets[index] ?? 0) + list.offsetTop;
  const bottom = (offsets[index + 1] ?? 0) + list.offsetTop;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (bottom > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = bottom - scroller.clientHeight;
}
