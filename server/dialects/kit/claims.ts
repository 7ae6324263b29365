// Claims: which dialect gets the sockets of which path. Patterns are those of routes (route.ts).
import { RelayError } from '../../base/errors.ts';
import type { PathClaims } from '../dialect.ts';
import { patternsOverlap, patternToRegExp } from './route.ts';

/** The name of a dialect and the paths that it claims. */
export interface Claimant {
  readonly name: string;
  readonly paths: PathClaims;
}

/**
 * Checks that no socket path is claimed by two dialects of the same rank. `*` stands for the paths that no one else claims.
 * @throws RelayError `invalid` that names both dialects and says what to change in the config
 */
export function checkClaims(dialects: readonly Claimant[]): void {
  const claims = dialects.flatMap((owner) => owner.paths.socket.map((pattern) => ({ owner, pattern })));
  for (const [index, one] of claims.entries()) {
    for (const other of claims.slice(index + 1)) {
      const isSame = one.pattern === other.pattern;
      if (!isSame && (one.owner === other.owner || [one.pattern, other.pattern].includes('*'))) continue;
      if (rankOf(one.owner) !== rankOf(other.owner)) continue;
      if (isSame || patternsOverlap(one.pattern, other.pattern)) {
        throw conflict(one.owner, other.owner, `socket path ${other.pattern}`);
      }
    }
  }
}

const rankOf = ({ paths: { rank = 0 } }: Claimant) => rank;

/** The first parts of paths, where they are fixed. */
export function firstParts(patterns: readonly string[]): string[] {
  const parts = patterns.map((pattern) => pattern.split('/')[1] ?? '');
  return [...new Set(parts.filter((part) => part !== '' && !/[:*]/.test(part)))];
}

function conflict(one: Claimant, other: Claimant, what: string): RelayError {
  const remedy = other.paths.remedy ?? one.paths.remedy;
  const text = `the dialects ${one.name} and ${other.name} both claim ${what}`;
  return new RelayError('invalid', remedy === undefined ? text : `${text}; ${remedy}`);
}

/** One for each pattern, of which there are as many as dialects claim. */
const expressions = new Map<string, RegExp>();

function matches(pattern: string, path: string): boolean {
  const expression = expressions.get(pattern) ?? patternToRegExp(pattern);
  expressions.set(pattern, expression);
  return expression.test(path);
}

/**
 * The dialect that claims a socket path: of several, the one with the highest rank. A dialect that claims `*` gets the paths that
 * no other dialect claims.
 */
export function claimantOf<T extends Claimant>(dialects: readonly T[], path: string): T | undefined {
  const claiming = (pattern: (p: string) => boolean) => {
    const found = dialects.filter(({ paths }) => paths.socket.some(pattern));
    return found.length < 2 ? found[0] : found.reduce((best, one) => (rankOf(one) > rankOf(best) ? one : best));
  };
  return claiming((p) => p !== '*' && matches(p, path)) ?? claiming((p) => p === '*');
}
