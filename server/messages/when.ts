// Reads the times that senders write: durations, ISO 8601, Unix seconds, and a few words of English, as ntfy does.
import { CronDate } from 'croner';
import { readDuration } from '../base/duration.ts';

/** What a time is read against. */
export interface WhenContext {
  /** ms since 1970. */
  readonly now: number;
  /** The time zone of times without one, such as `Europe/Berlin`. */
  readonly tz: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The words of ntfy for the units of durations. */
const UNITS: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/ ?\bdays?\b/g, 'd'],
  [/ ?\bhours?\b/g, 'h'],
  [/ ?\b(?:mins?|minutes?)\b/g, 'm'],
  [/ ?\b(?:secs?|seconds?)\b/g, 's'],
];

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** Reads a duration such as `90s`, `1h30m` or `2 hours`, in ms; undefined for anything else. */
export function readPeriod(text: string): number | undefined {
  let short = text
    .trim()
    .toLowerCase()
    .replace(/(?<=\d)(?=[a-z]{3})/g, ' ');
  for (const [pattern, unit] of UNITS) short = short.replace(pattern, unit);
  const time = readDuration(short.replace(/(?<=\d) (?=[a-z])|(?<=[a-z]) (?=\d)/g, ''));
  return time !== undefined && time < Number.MAX_SAFE_INTEGER ? Math.round(time) : undefined;
}

/** Reads a duration from now, such as `in 30m` or `30m`, in ms; undefined for anything else. */
export function readWait(text: string): number | undefined {
  return readPeriod(text.trim().replace(/^in /i, ''));
}

/** Whether the machine knows the time zone. */
export function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}

/** The time zone of the machine. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A time of day on a date, in some zone. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** A time of a zone in ms since 1970. One that the zone skips is the next valid one, one that it has twice is the first. */
export function instantOf({ year, month, day, hour, minute, second }: LocalTime, tz: string): number {
  const date = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
  const time = [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
  return new CronDate(`${date}T${time}`, tz).getTime();
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

function readIso(text: string, tz: string): number | undefined {
  const found = ISO.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  // A date that does not exist, such as February 30, must not become another one.
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Years before 1970 are of no use, and not every library takes those before 1000.
  const isReal =
    year >= 1970 && utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && utc.getUTCHours() === hour;
  if (!isReal || minute > 59 || second > 59) return undefined;
  const zone = found[7];
  if (zone === undefined) return instantOf({ year, month, day, hour, minute, second }, tz);
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return utc.getTime();
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return utc.getTime() - Number(`${sign}1`) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}

const CLOCK = String.raw`(?:(?:at )?(\d{1,2})(?::(\d\d))? ?(am|pm)?)`;
const WORDS = new RegExp(`^(today|tomorrow|${WEEKDAYS.join('|')})?(?:,? ?${CLOCK})?$`);

/** Reads `tomorrow`, `10am`, `tuesday, 7am` and the like. */
function readWords(text: string, { now, tz }: WhenContext): number | undefined {
  const [all = '', day, hours, minutes, half] = WORDS.exec(text.trim().toLowerCase()) ?? [];
  // A number without `:`, `am` or `pm` is no time of day.
  if (all === '' || (hours !== undefined && minutes === undefined && half === undefined)) return undefined;
  const here = new CronDate(new Date(now), tz);
  let hour = hours === undefined ? here.hour : Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  }
  const minute = hours === undefined ? here.minute : Number(minutes ?? 0);
  if (hour > 23 || minute > 59) return undefined;
  const weekday = new Date(Date.UTC(here.year, here.month, here.day)).getUTCDay();
  const ahead =
    day === 'tomorrow' ? 1 : day === undefined || day === 'today' ? 0 : (WEEKDAYS.indexOf(day) - weekday + 7) % 7;
  const at = (days: number) => {
    const date = new Date(Date.UTC(here.year, here.month, here.day + days));
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
    return instantOf({ year, month, day: date.getUTCDate(), hour, minute, second: 0 }, tz);
  };
  const first = at(ahead);
  // What has passed today is tomorrow's, or next week's.
  if (first > now || day === 'today') return first;
  return at(ahead + (day === undefined ? 1 : 7));
}

/**
 * Reads a point in time: Unix seconds, a duration from now, ISO 8601, or words. Returns undefined for anything else; the
 * time may be in the past.
 */
export function readMoment(text: string, context: WhenContext): number | undefined {
  const wanted = text.trim().replace(/\s+/g, ' ');
  if (/^\d{10,11}$/.test(wanted)) return Number(wanted) * SECOND;
  const duration = readWait(wanted);
  if (duration !== undefined) return context.now + duration;
  return readIso(wanted, context.tz) ?? readWords(wanted, context);
}
