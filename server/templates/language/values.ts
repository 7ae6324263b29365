// Values of templates: what JSON has. Shows them as Go does.
import { isObject, type JsonObject } from '../../../shared/object.ts';

/** Fails while a template runs. */
export class TemplateError extends Error {}

/** What JSON gives; `undefined` is what is missing. */
export type Value = unknown;

/** Whether a value is an object with names. */
export function isMap(value: Value): value is JsonObject {
  return isObject(value) && !(value instanceof Date);
}

/** Whether a value counts as true. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return value instanceof Date || Boolean(value);
}

/** A number as Go shows it: with an exponent of two digits. */
function showNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const isPlain = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e21);
  if (isPlain) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The most names, items and characters in a value. Lists of the same list would grow without end. */
const MAX_SIZE = 262_144;

/** Checks that a value can be written out. @throws TemplateError */
export function checkSize(value: Value): void {
  let size = 0;
  const left: Value[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    size += typeof one === 'string' ? one.length + 1 : 1;
    if (size > MAX_SIZE) throw new TemplateError('a value is too large');
    if (Array.isArray(one)) left.push(...one.slice(0, MAX_SIZE));
    else if (isMap(one)) {
      for (const [name, item] of Object.entries(one)) {
        size += name.length;
        left.push(item);
      }
    }
  }
}

/** A value within another one. */
function showInner(value: Value): string {
  return value === undefined || value === null ? '<nil>' : showChecked(value);
}

/** A value as text, as Go's `%v`. */
export function show(value: Value): string {
  if (typeof value === 'object' && value !== null) checkSize(value);
  return showChecked(value);
}

function showChecked(value: Value): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'number') return showNumber(value);
  if (Array.isArray(value)) return `[${value.map(showInner).join(' ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (!isMap(value)) return String(value);
  const pairs = Object.keys(value)
    .sort()
    .map((name) => `${name}:${showInner(value[name])}`);
  return `map[${pairs.join(' ')}]`;
}

/** A number, from a number or its text. */
export function toNumber(value: Value): number {
  const number =
    typeof value === 'boolean' ? Number(value) : typeof value === 'string' ? Number(value.trim() || Number.NaN) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

/** A width does not begin with 0, which is a flag. Otherwise the time for many zeros would grow with their square. */
const VERB = /%([-+# 0]*)([1-9]\d*|\*)?(?:\.(\d+))?([a-zA-Z%])/g;
/** Longest text that a function makes, in characters. The result of a template has a bound of its own. */
const MAX_TEXT = 65_536;

/** Puts texts together. @throws TemplateError if they are too long */
export function concat(texts: Iterable<string>): string {
  let all = '';
  for (const text of texts) {
    all += text;
    checkLength(all.length);
  }
  return all;
}

/** @throws TemplateError for a text that is too long */
export function checkLength(length: number): void {
  if (length > MAX_TEXT) throw new TemplateError('a text is too long');
}

/** Longest text to look for in another one, in characters: the time grows with the product of both lengths. */
const MAX_SOUGHT = 1024;

/** A text to look for in another one. @throws TemplateError if it is too long */
export function sought(text: string): string {
  if (text.length > MAX_SOUGHT) throw new TemplateError(`expected at most ${MAX_SOUGHT} characters to look for`);
  return text;
}

/** The widest field that a format may ask for. */
const MAX_WIDTH = 1000;

function formatOne(verb: string, value: Value, precision: number | undefined, flags: string): string {
  switch (verb) {
    case 'd':
      return signed(Math.trunc(toNumber(value)).toFixed(0), flags);
    case 'f':
    case 'F':
      return signed(toNumber(value).toFixed(Math.min(precision ?? 6, 100)), flags);
    case 'e':
      return toNumber(value)
        .toExponential(Math.min(precision ?? 6, 100))
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'g':
      return showNumber(
        precision === undefined ? toNumber(value) : Number(toNumber(value).toPrecision(Math.min(precision || 1, 100))),
      );
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string' ? Buffer.from(value).toString('hex') : Math.trunc(toNumber(value)).toString(16);
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    case 'c':
      return String.fromCodePoint(Math.min(Math.max(0, Math.trunc(toNumber(value))), 0x10ffff));
    case 'q':
      return JSON.stringify(show(value));
    case 't':
    case 'v':
      return showInner(value);
    case 's': {
      const text = showInner(value);
      return precision === undefined ? text : [...text].slice(0, precision).join('');
    }
    default:
      return `%!${verb}(${showInner(value)})`;
  }
}

function signed(text: string, flags: string): string {
  return flags.includes('+') && !text.startsWith('-') ? `+${text}` : text;
}

/** Go's `printf`. Numbers of JSON count as whole ones where the format wants such. */
export function printf(format: string, values: readonly Value[]): string {
  return concat(formatted(format, values));
}

function* formatted(format: string, values: readonly Value[]): Iterable<string> {
  let next = 0;
  let at = 0;
  for (const { 0: all, 1: flags = '', 2: width = '', 3: places, 4: verb = '', index } of format.matchAll(VERB)) {
    yield format.slice(at, index);
    at = index + all.length;
    if (verb === '%') {
      yield '%';
      continue;
    }
    const wanted = width === '*' ? toNumber(values[next]) : Number(width);
    if (width === '*') next += 1;
    if (next >= values.length) {
      yield `%!${verb}(MISSING)`;
      continue;
    }
    const value = values[next];
    next += 1;
    if (typeof value === 'object' && value !== null) checkSize(value);
    const shown = formatOne(verb, value, places === undefined ? undefined : Number(places), flags);
    yield padded(shown, Math.min(wanted, MAX_WIDTH), flags, verb);
  }
  yield format.slice(at);
  if (next < values.length) yield `%!(EXTRA ${concat(values.slice(next).map((value) => ` ${show(value)}`)).trim()})`;
}

function padded(shown: string, width: number, flags: string, verb: string): string {
  if (flags.includes('-')) return shown.padEnd(width);
  if (!flags.includes('0') || !'dfFegxX'.includes(verb)) return shown.padStart(width);
  const sign = /^[+-]/.exec(shown)?.[0] ?? '';
  return sign + shown.slice(sign.length).padStart(width - sign.length, '0');
}
