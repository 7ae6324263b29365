// Parses JSON from outside without rounding large numbers.
import { isObject, type JsonObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** A quick test. Most texts have no large number, so they need no second parse. */
const MAY_HOLD_BIG = /\d{16}|[eE]\+?\d{3}/;

/** Turns a number that a double cannot hold into a string with the same digits. */
function exact(token: string): string {
  const value = Number(token);
  const isExact = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? token : `"${token}"`;
}

/** Finds the closing quote of the string that begins at `opening`. */
function closingQuote(json: string, opening: number): number {
  for (let quote = json.indexOf('"', opening + 1); ; quote = json.indexOf('"', quote + 1)) {
    let before = quote;
    while (json[before - 1] === '\\') before -= 1;
    if ((quote - before) % 2 === 0) return quote;
  }
}

/** Makes the numbers of valid JSON exact. No regular expression runs over a string, because V8's runs out of stack in a long one. */
function withExactNumbers(json: string): string {
  const parts: string[] = [];
  let start = 0;
  for (let opening = json.indexOf('"'); opening >= 0; opening = json.indexOf('"', start)) {
    const end = closingQuote(json, opening) + 1;
    parts.push(json.slice(start, opening).replace(NUMBER, exact), json.slice(opening, end));
    start = end;
  }
  parts.push(json.slice(start).replace(NUMBER, exact));
  return parts.join('');
}

/**
 * Parses JSON. An integer above 2^53, such as the id of a post, keeps all its digits by becoming text, since a number
 * would round them.
 * @throws SyntaxError when the text is not JSON
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_HOLD_BIG.test(text) ? JSON.parse(withExactNumbers(text)) : value;
}

/** Escapes in JSON, in this order: of a backslash, of both halves of a character, of one half or a NUL. */
const ESCAPES = /\\\\|\\ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|(\\u(?:0000|d[89a-f][\da-f]{2}))/gi;

/** The object or array that a text holds, with U+FFFD for each NUL and half of a character; undefined for every other text. */
export function parseStructure(text: string): JsonObject | readonly unknown[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value = parseExact(text.replace(ESCAPES, (whole, broken) => (broken === undefined ? whole : '\ufffd')));
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** How deep the JSON of a sender may be nested. */
const MAX_DEPTH = 64;
/** Half of a character, and the one that ends texts in other languages. */
const BROKEN = /\p{Surrogate}|\0/u;

/**
 * Checks what a sender may send as a part of a message: JSON, or a text.
 * @throws RelayError `invalid` for JSON that is nested too deeply or has the name `__proto__`, and for a text that holds half of
 * a character or a NUL
 */
export function requireSound(value: unknown, depth = MAX_DEPTH): void {
  if (typeof value === 'string') {
    if (BROKEN.test(value)) throw new RelayError('invalid', 'a text holds a NUL or half of a character');
  } else if (typeof value === 'object' && value !== null) {
    if (depth === 0) throw new RelayError('invalid', `the JSON is nested too deeply: more than ${MAX_DEPTH} times`);
    for (const [name, inner] of Object.entries(value)) {
      if (name === '__proto__') throw new RelayError('invalid', 'no field may have the name __proto__');
      requireSound(name, depth);
      requireSound(inner, depth - 1);
    }
  }
}
