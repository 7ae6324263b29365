// When recurring messages are due.
import { Cron } from 'croner';
import { RelayError } from '../base/errors.ts';

/** The longest expression. */
const MAX_LENGTH = 256;

/** Five fields, or a word such as `@daily`. croner takes dates as well, which are not recurring. */
const FORM = /^(?:@[a-z]{1,20}|\S+(?:\s+\S+){4})$/i;

/**
 * When a cron expression is due next, after a time in ms since 1970; undefined if never again.
 *
 * Daylight saving: a time of day that the zone skips is due at the next valid minute, and one that it has twice is due
 * once. Expressions with `*` or a step in the hours or minutes go on through both.
 *
 * @throws RelayError `invalid` for a text that is no expression
 */
export function nextDue(expression: string, tz: string, after: number): number | undefined {
  const wanted = expression.trim();
  if (wanted.length > MAX_LENGTH || !FORM.test(wanted)) throw notCron();
  try {
    if (neverComes(wanted.split(/\s+/))) return undefined;
    const cron = new Cron(wanted, { mode: '5-part', timezone: tz, fixedTimeRule: 'no-wildcard', paused: true });
    return cron.nextRun(new Date(after))?.getTime();
  } catch (cause) {
    throw notCron(cause);
  }
}

/** The most days of each month. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Whether none of the months has such a day, as with `0 0 30 2 *`: croner would look for one through thousands of years.
 * False also for fields that are not plain numbers, names and ranges of them.
 */
function neverComes([, , day = '', month = '', weekday = '']: readonly string[]): boolean {
  if (weekday !== '*') return false;
  const days = rangesOf(day, 31, (text) => Number(text));
  const months = rangesOf(month, 12, (text) => MONTHS.indexOf(text.toLowerCase()) + 1 || Number(text));
  if (days === undefined || months === undefined) return false;
  const longest = months.flatMap(([first, last]) => DAYS.slice(first - 1, last));
  return Math.min(...days.map(([first]) => first)) > Math.max(0, ...longest) && longest.length > 0;
}

/** The ranges of a field within 1 and the most; undefined if it has anything else. */
function rangesOf(
  field: string,
  most: number,
  numberOf: (text: string) => number,
): (readonly [number, number])[] | undefined {
  const ranges = field.split(',').map((part) => {
    const [, first = '', last = first] = /^(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?$/i.exec(part) ?? [];
    return [numberOf(first), numberOf(last)] as const;
  });
  return ranges.every(([first, last]) => first >= 1 && last >= first && last <= most) ? ranges : undefined;
}

function notCron(cause?: unknown): RelayError {
  const text = 'cron must be five fields such as "0 9 * * 1-5", or @hourly, @daily, @weekly, @monthly or @yearly';
  return new RelayError('invalid', text, { cause });
}
