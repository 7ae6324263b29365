// The functions of templates: Go's own, and those of Sprig that people use for notifications.
import { pathPart } from '../values.ts';
import { formatDate } from './date.ts';
import {
  checkLength,
  checkSize,
  concat,
  isMap,
  isTrue,
  printf,
  show,
  sought,
  TemplateError,
  toNumber,
  type Value,
} from './values.ts';

/** A function of templates. Of a pipe, the value that comes through it is the last argument. */
export type TemplateFunction = (values: readonly Value[]) => Value;

/** The most items of a list that a function makes. */
const MAX_LIST = 10_000;

const text = (value: Value): string => (value === undefined || value === null ? '' : show(value));

function listOf(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new TemplateError(`expected a list, not ${show(value)}`);
  return value;
}

function mapOf(value: Value): Readonly<Record<string, unknown>> {
  if (!isMap(value)) throw new TemplateError(`expected a map, not ${show(value)}`);
  return value;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  throw new TemplateError('incompatible types for comparison');
}

function isEqual(a: Value, b: Value): boolean {
  if (a === undefined || a === null) return b === undefined || b === null;
  if (typeof a === 'object' || typeof b === 'object') throw new TemplateError('non-comparable types');
  if (typeof a !== typeof b && b !== undefined && b !== null)
    throw new TemplateError('incompatible types for comparison');
  return a === b;
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new TemplateError(`len of ${show(value)}`);
}

function indexOf([value, ...keys]: readonly Value[]): Value {
  return keys.reduce((found: Value, key) => {
    if (Array.isArray(found)) {
      const at = toNumber(key);
      if (!Number.isInteger(at) || at < 0 || at >= found.length)
        throw new TemplateError(`index out of range: ${show(key)}`);
      return found[at];
    }
    const map = mapOf(found);
    return Object.hasOwn(map, String(key)) ? map[String(key)] : undefined;
  }, value);
}

/** Adds spaces between values as Go's `print` does: where neither is a text. */
function print(values: readonly Value[]): string {
  return concat(spaced(values));
}

function* spaced(values: readonly Value[]): Iterable<string> {
  for (const [at, value] of values.entries()) {
    if (at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string') yield ' ';
    yield text(value);
  }
}

function* separated(values: readonly Value[], separator: string): Iterable<string> {
  for (const [at, value] of values.entries()) yield at === 0 ? text(value) : separator + text(value);
}

function replace(old: string, by: string, value: string): string {
  const parts = value.split(sought(old));
  checkLength(value.length + (parts.length - 1) * by.length);
  return parts.join(by);
}

function truncate(count: number, value: string): string {
  const characters = [...value];
  if (count < 0) return characters.slice(Math.max(0, characters.length + count)).join('');
  return characters.slice(0, count).join('');
}

function fold(values: readonly Value[], step: (sum: number, value: number) => number): number {
  if (values.length === 0) throw new TemplateError('expected a number');
  return values.map(toNumber).map(Math.trunc).reduce(step);
}

function divide(by: number): number {
  if (by === 0) throw new TemplateError('division by zero');
  return by;
}

function slice([value, from = 0, to]: readonly Value[]): Value {
  const [start, end] = [toNumber(from), to === undefined ? undefined : toNumber(to)];
  return typeof value === 'string' ? value.slice(start, end) : listOf(value).slice(start, end);
}

function round(value: Value, places: Value): number {
  const factor = 10 ** Math.min(Math.max(0, toNumber(places)), 15);
  return Math.round(toNumber(value) * factor) / factor;
}

function dictOf(values: readonly Value[]): Record<string, unknown> {
  const pairs: [string, Value][] = [];
  for (let at = 0; at < values.length; at += 2) pairs.push([text(values[at]), values[at + 1] ?? '']);
  return Object.fromEntries(pairs);
}

function titled(value: string): string {
  return value.replace(/(^|\s)(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase());
}

function split(separator: string, value: string): string[] {
  const parts = value.split(sought(separator));
  if (parts.length > MAX_LIST) throw new TemplateError('a list is too long');
  return parts;
}

/** The functions by their names. `and`, `or` and `not` are here, too: they see all their arguments. @param now ms since 1970 */
export function createFunctions(now: () => number): ReadonlyMap<string, TemplateFunction> {
  const functions: Readonly<Record<string, TemplateFunction>> = {
    eq: ([a, ...others]) => others.some((b) => isEqual(a, b)),
    ne: ([a, b]) => !isEqual(a, b),
    lt: ([a, b]) => compare(a, b) < 0,
    le: ([a, b]) => compare(a, b) <= 0,
    gt: ([a, b]) => compare(a, b) > 0,
    ge: ([a, b]) => compare(a, b) >= 0,
    and: (values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
    or: (values) => values.find(isTrue) ?? values.at(-1),
    not: ([value]) => !isTrue(value),
    len: ([value]) => lengthOf(value),
    index: indexOf,
    slice,
    print,
    println: (values) => `${concat(separated(values, ' '))}\n`,
    printf: ([format, ...values]) => printf(text(format), values),
    html: (values) => print(values).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`),
    urlquery: (values) => pathPart(print(values)).replaceAll('%20', '+'),
    upper: ([value]) => text(value).toUpperCase(),
    lower: ([value]) => text(value).toLowerCase(),
    title: ([value]) => titled(text(value)),
    trim: ([value]) => text(value).trim(),
    trimPrefix: ([prefix, value]) =>
      text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : text(value),
    trimSuffix: ([suffix, value]) =>
      text(suffix) !== '' && text(value).endsWith(text(suffix))
        ? text(value).slice(0, -text(suffix).length)
        : text(value),
    trunc: ([count, value]) => truncate(Math.trunc(toNumber(count)), text(value)),
    replace: ([old, by, value]) => replace(text(old), text(by), text(value)),
    repeat: ([count, value]) => {
      const times = Math.max(0, Math.trunc(toNumber(count)));
      checkLength(times * text(value).length);
      return text(value).repeat(times);
    },
    default: ([preset, value]) => (isTrue(value) ? value : preset),
    empty: ([value]) => !isTrue(value),
    coalesce: (values) => values.find(isTrue),
    ternary: ([yes, no, condition]) => (isTrue(condition) ? yes : no),
    join: ([separator, values]) => concat(separated(Array.isArray(values) ? values : [values], text(separator))),
    split: ([separator, value]) =>
      Object.fromEntries(split(text(separator), text(value)).map((part, at) => [`_${at}`, part])),
    splitList: ([separator, value]) => split(text(separator), text(value)),
    first: ([values]) => listOf(values)[0],
    last: ([values]) => listOf(values).at(-1),
    rest: ([values]) => listOf(values).slice(1),
    initial: ([values]) => listOf(values).slice(0, -1),
    has: ([value, values]) => listOf(values).includes(value),
    list: (values) => [...values],
    dict: dictOf,
    get: ([map, name]) => (Object.hasOwn(mapOf(map), text(name)) ? mapOf(map)[text(name)] : ''),
    hasKey: ([map, name]) => Object.hasOwn(mapOf(map), text(name)),
    keys: ([map]) => Object.keys(mapOf(map)),
    contains: ([part, value]) => text(value).includes(sought(text(part))),
    hasPrefix: ([prefix, value]) => text(value).startsWith(text(prefix)),
    hasSuffix: ([suffix, value]) => text(value).endsWith(text(suffix)),
    quote: (values) =>
      concat(
        separated(
          values.map((value) => JSON.stringify(text(value))),
          ' ',
        ),
      ),
    add: (values) => fold(values, (sum, value) => sum + value),
    sub: (values) => fold(values, (sum, value) => sum - value),
    mul: (values) => fold(values, (sum, value) => sum * value),
    div: (values) => fold(values, (sum, value) => Math.trunc(sum / divide(value))),
    mod: (values) => fold(values, (sum, value) => sum % divide(value)),
    max: (values) => fold(values, (one, other) => Math.max(one, other)),
    min: (values) => fold(values, (one, other) => Math.min(one, other)),
    int: ([value]) => Math.trunc(toNumber(value)),
    float64: ([value]) => toNumber(value),
    round: ([value, places]) => round(value, places),
    floor: ([value]) => Math.floor(toNumber(value)),
    ceil: ([value]) => Math.ceil(toNumber(value)),
    toString: ([value]: readonly Value[]) => show(value),
    toJSON: ([value]) => {
      checkSize(value);
      return JSON.stringify(value ?? null);
    },
    now: () => new Date(now()),
    date: ([layout, at]) => formatDate(text(layout), at instanceof Date ? at : new Date(toNumber(at) * 1000)),
    fail: ([reason]) => {
      throw new TemplateError(text(reason));
    },
  };
  const names: Readonly<Record<string, string>> = { toJson: 'toJSON' };
  const aliases = Object.entries(names).map(([alias, name]) => [alias, functions[name]] as const);
  const all = [...Object.entries(functions), ...aliases];
  return new Map(all.flatMap(([name, call]) => (call === undefined ? [] : [[name, call] as const])));
}
