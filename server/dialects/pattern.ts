// Patterns that callers match against names: RE2's syntax and its linear time, with a bound on what one search costs.
import type { RE2JS } from 're2js';
import { RelayError } from '../errors.ts';

/** Finds names. */
export interface Pattern {
  /** The one name that the pattern means, where it is such a pattern. */
  readonly exact: string | undefined;
  /**
   * The names in which the pattern occurs, in their order. Other work goes on during a long search.
   * @throws RelayError `invalid` when the names are too many or too long for this pattern
   */
  search(names: readonly string[]): Promise<readonly string[]>;
}

/** Longest pattern, in characters. Compiling costs far more for each of them than searching. */
const MAX_LENGTH = 512;
/** Most instructions of a compiled pattern. */
const MAX_PROGRAM = 1000;
/** Most steps of one search at worst: instructions times characters. Common searches need a few millions. */
const MAX_STEPS = 500_000_000;
/** Longest time in ms that one search may take of the machine; 5,000 names take a common pattern some 50. */
const MAX_TIME = 500;
/** Length in ms of a turn after which a search lets other work go on. */
const TURN = 5;

const LITERAL = /^(\^?)([^\\.+*?()|[\]{}^$]*)(\$?)$/;

/** Compiles a pattern in RE2's syntax, which is not anchored. Undefined when it is none, or a too costly one. */
export async function compilePattern(text: string): Promise<Pattern | undefined> {
  if (text.length > MAX_LENGTH) return undefined;
  const [, start, literal = '', end] = LITERAL.exec(text) ?? [];
  if (start !== undefined) {
    const test = literalTest(start, literal, end ?? '');
    return { exact: start + end === '^$' ? literal : undefined, search: async (names) => names.filter(test) };
  }
  // Loaded with the first pattern that needs it, for its tables of all characters.
  const re2 = await import('re2js');
  let compiled: RE2JS;
  try {
    compiled = re2.RE2JS.compile(text);
  } catch (error) {
    if (error instanceof re2.RE2JSException) return undefined;
    throw error;
  }
  const size = compiled.programSize();
  if (size > MAX_PROGRAM) return undefined;
  return { exact: undefined, search: (names) => search(compiled, size, names) };
}

/** Most patterns name one thing, or what it begins with. */
function literalTest(start: string, literal: string, end: string): (name: string) => boolean {
  if (start === '') return end === '' ? (name) => name.includes(literal) : (name) => name.endsWith(literal);
  return end === '' ? (name) => name.startsWith(literal) : (name) => name === literal;
}

async function search(compiled: RE2JS, size: number, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const tooCostly = () => new RelayError('invalid', 'the pattern is too costly for so many names');
  let steps = 0;
  let spent = 0;
  let turn = performance.now();
  for (const name of names) {
    steps += size * name.length;
    if (steps > MAX_STEPS) throw tooCostly();
    if (compiled.test(name)) found.push(name);
    const elapsed = performance.now() - turn;
    if (elapsed > TURN) {
      // A step of one pattern costs a hundred times that of another, so that steps alone bound nothing.
      spent += elapsed;
      if (spent > MAX_TIME) throw tooCostly();
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
  }
  return found;
}
