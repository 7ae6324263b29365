// Patterns of callers, which select names. RE2 matches in linear time, and each search has a bound on its cost.
import type { RE2JS } from 're2js';
import { RelayError } from '../../base/errors.ts';
import { createLimiter } from '../../base/limiter.ts';

/** A compiled pattern. */
export interface Pattern {
  /** The only name that the pattern can match; undefined when it can match several. */
  readonly exact: string | undefined;
  /**
   * Returns the names that contain a match, in their order. A long search pauses to let other work run.
   * @throws RelayError `invalid` when the names are too many or too long for this pattern, `unavailable` when too many
   * patterns are in use
   */
  search(names: readonly string[]): Promise<readonly string[]>;
}

/** Compiles patterns. Only one pattern runs at a time, and all other work of the event loop runs after each of its turns. */
export interface Patterns {
  /**
   * Compiles a pattern in RE2's syntax. It is not anchored. Undefined when the text is not a pattern.
   * @throws RelayError `invalid` when it is too long or too complex, `unavailable` when too many patterns are in use
   */
  compile(text: string): Promise<Pattern | undefined>;
}

/** Longest pattern in characters that RE2 compiles. Compiling costs far more per character than searching. */
const MAX_LENGTH = 512;
/** How many instructions a compiled pattern may have. */
const MAX_PROGRAM = 1000;
/** How many steps one search may take in the worst case: instructions times characters. Common searches need a few million. */
const MAX_STEPS = 500_000_000;
/** Longest CPU time of one search in ms. A common pattern needs about 50 ms for 5,000 names. */
const MAX_TIME = 500;
/** How long in ms a search runs before it lets other work run. */
const TURN = 5;
/** How many patterns may wait for their next turn. */
const MAX_WAITING = 256;

const LITERAL = /^(\^?)([^\\.+*?()|[\]{}^$]*)(\$?)$/;
const LIST = /^\^\((?:\?:)?([^\\.+*?()[\]{}^$]*)\)\$$/;

/** Creates the compiler of patterns, with its queue. */
export function createPatterns(): Patterns {
  const limiter = createLimiter({ concurrency: 1, queue: MAX_WAITING });

  async function inTurn<T>(work: () => T): Promise<T> {
    const end = await limiter.acquire();
    if (end === undefined) throw new RelayError('unavailable', 'too many patterns at once', { retryAfter: 1 });
    try {
      return work();
    } finally {
      await letOthersRun();
      // Released only now. The next pattern leaves the queue, so this one finds a free place in it for its next turn.
      end();
    }
  }

  async function search(compiled: RE2JS, size: number, names: readonly string[]): Promise<string[]> {
    const characters = names.reduce((sum, { length }) => sum + length, 0);
    if (size * characters > MAX_STEPS) throw tooCostly();
    const found: string[] = [];
    const left = names.values();
    let spent = 0;
    // Returns true when no name is left.
    const turn = () => {
      const began = performance.now();
      const usage = process.cpuUsage();
      for (let name = left.next(); name.done !== true; name = left.next()) {
        if (compiled.test(name.value)) found.push(name.value);
        const elapsed = performance.now() - began;
        if (elapsed <= TURN) continue;
        // The number of steps does not bound the time, because a step of one pattern can cost a hundred times as much as that
        // of another. CPU time includes other threads, elapsed time includes other processes. So the smaller one counts.
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
      // Loaded only when a pattern needs it, because its character tables are large.
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

/** Most patterns are a name, a prefix or a list. These are cheap at any length and need no RE2. */
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

/** Resolves after all other work that was ready has run. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tooCostly(): RelayError {
  return new RelayError('invalid', 'the pattern is too costly for so many names');
}
