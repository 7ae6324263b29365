// Reads a point in the past: a mid, a date, or how long ago.

import { readDuration } from '../base/duration.ts';

/** What {@link readSince} accepts, for help and error messages. */
export const SINCE_FORM = 'a mid, a date such as 2026-01-31 or 2026-01-31T09:00, or how long ago, such as 90m or 1d12h';

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The mid after which messages are listed: a mid itself, or the last one before a time. Dates without a zone are local.
 * @param now ms since 1970
 * @returns undefined for anything else
 */
export function readSince(text: string, now: number): string | undefined {
  if (/^\d{1,15}$/.test(text)) return text;
  const ago = readDuration(text);
  const time = ago === undefined ? readDate(text) : now - ago;
  return time === undefined ? undefined : String(Math.max(0, Math.floor(time) - 1));
}

function readDate(text: string): number | undefined {
  if (!DATE.test(text)) return undefined;
  // Date.parse reads a date without a time as UTC, and February 31st as March 3rd.
  const time = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'));
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  const exists = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0)).getUTCDate() === day;
  return exists && Number.isFinite(time) ? time : undefined;
}
