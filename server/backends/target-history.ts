// The history of targets, put together from those of the devices and of the names that messages are kept for.
import type { Message } from '../../shared/message.ts';
import { RelayError } from '../base/errors.ts';
import type { HistoryPage, ReadBounds, TargetEntry, TargetHistory } from '../delivery/ports.ts';

/** Whether a message is kept for its target: one to a single device is found in the history of the device. */
export function isListed({ sendType, feed }: Pick<Message, 'sendType' | 'feed'>): boolean {
  return sendType === 'group' || feed === true;
}

/** The refusal of a feed of a new name. */
export function tooManyFeeds(maxFeeds: number): RelayError {
  return new RelayError('too_many', `the relay keeps messages for ${maxFeeds} names already (storage.maxFeeds)`);
}

/** Which way a history is read. */
export type Direction = 'up' | 'down';

/** Of the history of a device, the messages that were sent to it by its name. */
export function addressedTo(target: string, page: HistoryPage): HistoryPage {
  return { ...page, entries: page.entries.filter(({ text }) => JSON.parse(text).target === target) };
}

/**
 * Merges pages that begin at the same place: each message once, within the bounds.
 * @param bound the mid at which they begin
 */
export function mergeHistories(
  pages: readonly HistoryPage[],
  direction: Direction,
  bound: string,
  { limit, maxBytes = Number.POSITIVE_INFINITY, atLeastOne = false }: ReadBounds,
): TargetHistory {
  const sign = direction === 'up' ? 1 : -1;
  const byMid = new Map<string, TargetEntry>();
  for (const { entries } of pages) for (const { status: _, ...entry } of entries) byMid.set(entry.mid, entry);
  const all = [...byMid.values()].sort((a, b) => sign * (Number(a.mid) - Number(b.mid)));
  // What lies beyond the page that ends first may have others before it.
  const ends = pages.filter(({ more }) => more).map(({ last }) => sign * Number(last));
  const end = Math.min(...ends);
  const known = all.filter(({ mid }) => sign * Number(mid) <= end);
  const entries: TargetEntry[] = [];
  let room = maxBytes;
  for (const entry of known) {
    room -= Buffer.byteLength(entry.text);
    if (entries.length === limit || (room < 0 && !(atLeastOne && entries.length === 0))) break;
    entries.push(entry);
  }
  const last = entries.at(-1)?.mid ?? bound;
  if (entries.length < known.length) return { entries, last, more: true };
  return { entries, last: ends.length === 0 ? last : String(sign * end), more: ends.length > 0 };
}
