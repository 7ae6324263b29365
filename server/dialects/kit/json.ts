// Parses JSON from outside without rounding large numbers.
import { isObject, type JsonObject } from '../../../shared/object.ts';

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

/** The object or array that a text holds; undefined for every other text. */
export function parseStructure(text: string): JsonObject | readonly unknown[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value = parseExact(text);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
