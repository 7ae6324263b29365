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
    const cron = new Cron(wanted, { mode: '5-part', timezone: tz, fixedTimeRule: 'no-wildcard', paused: true });
    return cron.nextRun(new Date(after))?.getTime();
  } catch (cause) {
    throw notCron(cause);
  }
}

function notCron(cause?: unknown): RelayError {
  const text = 'cron must be five fields such as "0 9 * * 1-5", or @hourly, @daily, @weekly, @monthly or @yearly';
  return new RelayError('invalid', text, { cause });
}
