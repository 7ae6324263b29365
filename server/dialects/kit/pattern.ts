// Patterns that callers match against names: RE2's syntax and its linear time, with a bound on what one search costs.
import type { RE2JS } from 're2js';
import { RelayError } from '../../base/errors.ts';
import { createLimiter } from '../../base/limiter.ts';

/** Finds names. */
export interface Pattern {
  /** The one name that the pattern means, where it is such a pattern. */
  readonly exact: string | undefined;
  /**
   * The names in which the pattern occurs, in their order. Other work goes on during a long search.
   * @throws RelayError `invalid` when the names are too many or too long for this pattern, `unavailable` when too many
   * patterns are at work
   */
  search(names: readonly string[]): Promise<readonly string[]>;
}

/** Patterns that share the machine: however many are at work, they take one turn between two turns of everything else. */
export interface Patterns {
  /**
   * Compiles a pattern in RE2's syntax, which is not anchored. Undefined when it is none.
   * @throws RelayError `invalid` when it is longer or larger than what is compiled, `unavailable` when too many are at work
   */
  compile(text: string): Promise<Pattern | undefined>;
}

/** Longest pattern, in characters, that is more than texts. Compiling costs far more for each of them than searching. */
const MAX_LENGTH = 512;
/** Most instructions of a compiled pattern. */
const MAX_PROGRAM = 1000;
/** Most steps of one search at worst: instructions times characters. Common searches need a few millions. */
const MAX_STEPS = 500_000_000;
/** Longest time in ms that one search may work; 5,000 names take a common pattern some 50. */
const MAX_TIME = 500;
/** Length in ms of a turn after which a search lets other work go on. */
const TURN = 5;
/** Patterns that may wait for their next turn. */
const MAX_WAITING = 256;

const LITERAL = /^(\^?)([^\\.+*?()|[\]{}^$]*)(\$?)$/;
const LIST = /^\^\((?:\?:)?([^\\.+*?()[\]{}^$]*)\)\$$/;

/** Makes patterns. */
export function createPatterns(): Patterns {
  const limiter = createLimiter({ concurrency: 1, queue: MAX_WAITING });

  async function inTurn<T>(work: () => T): Promise<T> {
    const end = await limiter.acquire();
    if (end === undefined) throw new RelayError('unavailable', 'too many patterns at once', { retryAfter: 1 });
    try {
      return work();
    } finally {
      await othersTurn();
      // Who is next leaves the line, so that there is room in it for what is not done yet.
      end();
    }
  }

  async function search(compiled: RE2JS, size: number, names: readonly string[]): Promise<string[]> {
    const characters = names.reduce((sum, { length }) => sum + length, 0);
    if (size * characters > MAX_STEPS) throw tooCostly();
    const found: string[] = [];
    const left = names.values();
    let spent = 0;
    // True when no name is left.
    const turn = () => {
      const began = performance.now();
      const usage = process.cpuUsage();
      for (let name = left.next(); name.done !== true; name = left.next()) {
        if (compiled.test(name.value)) found.push(name.value);
        const elapsed = performance.now() - began;
        if (elapsed <= TURN) continue;
        // A step of one pattern costs a hundred times that of another, so that steps alone bound nothing.
        // On a busy machine a turn lasts longer than it works, and other threads of this process may work meanwhile.
        const { user, system } = process.cpuUsage(usage);
        spent += Math.min(elapsed, (user + system) / 1000);
        if (spent > MAX_TIME) throw tooCostly();
        return false;
      }
      return true;
    };
    while (!(await inTurn(turn)));
    return found;
  }

  return {
    async compile(text) {
      const plain = plainPattern(text);
      if (plain !== undefined) return plain;
      if (text.length > MAX_LENGTH)
        throw new RelayError('invalid', `the pattern is longer than ${MAX_LENGTH} characters`);
      // Loaded with the first pattern that needs it, for its tables of all characters.
      const { RE2JS, RE2JSException } = await import('re2js');
      try {
        const compiled = await inTurn(() => RE2JS.compile(text));
        const size = compiled.programSize();
        if (size > MAX_PROGRAM) throw new RelayError('invalid', 'the pattern is too large');
        return { exact: undefined, search: (names) => search(compiled, size, names) };
      } catch (error) {
        if (error instanceof RE2JSException) return undefined;
        throw error;
      }
    },
  };
}

/** Most patterns name one thing, what it begins with, or a list: however long these are, they cost little. */
function plainPattern(text: string): Pattern | undefined {
  const [, list] = LIST.exec(text) ?? [];
  if (list !== undefined) {
    const listed = new Set(list.split('|'));
    return { exact: undefined, search: async (names) => names.filter((name) => listed.has(name)) };
  }
  const [, start, literal = '', end = ''] = LITERAL.exec(text) ?? [];
  if (start === undefined) return undefined;
  const test = literalTest(start, literal, end);
  return { exact: start + end === '^$' ? literal : undefined, search: async (names) => names.filter(test) };
}

function literalTest(start: string, literal: string, end: string): (name: string) => boolean {
  if (start === '') return end === '' ? (name) => name.includes(literal) : (name) => name.endsWith(literal);
  return end === '' ? (name) => name.startsWith(literal) : (name) => name === literal;
}

/** Resolves when everything else that was ready has been done. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tooCostly(): RelayError {
  return new RelayError('invalid', 'the pattern is too costly for so many names');
}
