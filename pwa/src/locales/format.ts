// Formats times, days and sizes with Intl. The few words are in the dictionaries.
import type { Translator } from './translator.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Midnight of the local day, ms since 1970. */
export function dayOf(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

// Cached: creating a formatter is slow, and a list needs one per row.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${JSON.stringify(options)}`;
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(tag, options);
  formatters.set(key, made);
  return made;
}

/** Whole days from one local day to another, also over daylight saving changes. */
function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / (24 * HOUR));
}

/** `Today`, `Yesterday`, `Tuesday`, `4 March`, `4 March 2024`. */
export function dayLabel(translator: Translator, time: number, now: number): string {
  const ago = daysBetween(time, now);
  // A time in the future comes from a clock that is ahead.
  if (ago <= 0) return translator.t('day.today');
  if (ago === 1) return translator.t('day.yesterday');
  if (ago < 7) return formatter(translator.tag, { weekday: 'long' }).format(time);
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return formatter(translator.tag, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(
    time,
  );
}

/** `now`, `5 min ago`, or after an hour the time of day, since the list shows the day. */
export function shortTime(translator: Translator, time: number, now: number): string {
  const age = Math.max(0, now - time);
  if (age < MINUTE) return translator.t('time.now');
  if (age < HOUR) {
    const relative = new Intl.RelativeTimeFormat(translator.tag, { numeric: 'always', style: 'narrow' });
    return relative.format(-Math.floor(age / MINUTE), 'minute');
  }
  return formatter(translator.tag, { timeStyle: 'short' }).format(time);
}

/** A time of day such as `22:30` in the form of the language. */
export function timeOfDay(translator: Translator, time: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return formatter(translator.tag, { timeStyle: 'short', timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, 1, hours, minutes),
  );
}

/** Date and time in full. */
export function fullTime(translator: Translator, time: number): string {
  return formatter(translator.tag, { dateStyle: 'full', timeStyle: 'medium' }).format(time);
}

/** Date and time, short: `4 Mar, 14:05`. */
export function mediumTime(translator: Translator, time: number): string {
  return formatter(translator.tag, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(time);
}

/** `02:14` today, `4 Mar, 02:14` on other days. */
export function clockTime(translator: Translator, time: number, now: number): string {
  if (dayOf(time) !== dayOf(now)) return mediumTime(translator, time);
  return formatter(translator.tag, { timeStyle: 'short' }).format(time);
}

/** `2 hours ago`, `3 days ago`: the largest unit that fits. A time in the future comes from a wrong clock and is `now`. */
export function relativeTime(translator: Translator, time: number, now: number): string {
  const relative = new Intl.RelativeTimeFormat(translator.tag, { numeric: 'auto' });
  const difference = Math.min(0, time - now);
  const size = -difference;
  if (size < MINUTE) return translator.t('time.now');
  if (size < HOUR) return relative.format(Math.trunc(difference / MINUTE), 'minute');
  if (size < 24 * HOUR) return relative.format(Math.trunc(difference / HOUR), 'hour');
  return relative.format(Math.trunc(difference / (24 * HOUR)), 'day');
}

/** The time that is left: `9:05`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `1.5 MB`. */
export function bytes(translator: Translator, size: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const options = {
    style: 'unit',
    unit: units[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  } as const;
  return new Intl.NumberFormat(translator.tag, options).format(size / 1000 ** step);
}
