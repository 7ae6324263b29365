// Dates in Go's layouts, which show how `Mon Jan 2 15:04:05 MST 2006` would look. In the time zone of the machine.
import { TemplateError } from './values.ts';

const PARTS =
  /January|Jan|Monday|Mon|2006|-07:00|-0700|-07|Z07:00|Z0700|MST|06|01|02|03|04|05|15|PM|pm|_2|\.0{1,9}|\.9{1,9}|1|2|3|4|5/g;

const two = (value: number): string => String(value).padStart(2, '0');

function zone(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${two(hours)}${separator}${two(rest)}`;
}

function named(date: Date, options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes): string {
  return new Intl.DateTimeFormat('en-US', options).formatToParts(date).find((part) => part.type === type)?.value ?? '';
}

function fraction(date: Date, digits: number): string {
  return String(date.getMilliseconds()).padStart(3, '0').padEnd(9, '0').slice(0, digits);
}

function partOf(part: string, date: Date): string {
  const hour = date.getHours();
  const half = hour % 12 || 12;
  switch (part) {
    case '2006':
      return String(date.getFullYear()).padStart(4, '0');
    case '06':
      return two(date.getFullYear() % 100);
    case 'January':
      return named(date, { month: 'long' }, 'month');
    case 'Jan':
      return named(date, { month: 'short' }, 'month');
    case '01':
      return two(date.getMonth() + 1);
    case '1':
      return String(date.getMonth() + 1);
    case 'Monday':
      return named(date, { weekday: 'long' }, 'weekday');
    case 'Mon':
      return named(date, { weekday: 'short' }, 'weekday');
    case '02':
      return two(date.getDate());
    case '2':
      return String(date.getDate());
    case '_2':
      return String(date.getDate()).padStart(2);
    case '15':
      return two(hour);
    case '03':
      return two(half);
    case '3':
      return String(half);
    case '04':
      return two(date.getMinutes());
    case '4':
      return String(date.getMinutes());
    case '05':
      return two(date.getSeconds());
    case '5':
      return String(date.getSeconds());
    case 'PM':
      return hour < 12 ? 'AM' : 'PM';
    case 'pm':
      return hour < 12 ? 'am' : 'pm';
    case 'MST':
      return named(date, { timeZoneName: 'short' }, 'timeZoneName');
    case '-0700':
      return zone(date, '');
    case '-07:00':
      return zone(date, ':');
    case '-07':
      return zone(date, '').slice(0, 3);
    case 'Z07:00':
      return date.getTimezoneOffset() === 0 ? 'Z' : zone(date, ':');
    case 'Z0700':
      return date.getTimezoneOffset() === 0 ? 'Z' : zone(date, '');
    default: {
      const digits = fraction(date, part.length - 1);
      const shown = part.startsWith('.9') ? digits.replace(/0+$/, '') : digits;
      return shown === '' ? '' : `.${shown}`;
    }
  }
}

/** Longest layout, in characters. A name of a month takes longer than its letters. */
const MAX_LAYOUT = 256;

/** A date in a layout of Go. An invalid date is empty. @throws TemplateError for a layout that is too long */
export function formatDate(layout: string, date: Date): string {
  if (layout.length > MAX_LAYOUT) throw new TemplateError(`expected a layout of at most ${MAX_LAYOUT} characters`);
  return Number.isNaN(date.getTime()) ? '' : layout.replace(PARTS, (part) => partOf(part, date));
}
