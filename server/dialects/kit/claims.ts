// Claims: which dialect gets the sockets of which path. No two dialects may claim the same path.
import { RelayError } from '../../base/errors.ts';
import type { PathClaims } from '../dialect.ts';

/** The name of a dialect and the paths that it claims. */
export interface Claimant {
  readonly name: string;
  readonly paths: PathClaims;
}

const normalize = (pattern: string) => pattern.replace(/:[^/]+/g, ':');

/**
 * Checks that no two dialects claim the same socket path. The names of parameters make no difference.
 * @throws RelayError `invalid` that names both dialects and says what to change in the config
 */
export function checkClaims(dialects: readonly Claimant[]): void {
  const owners = new Map<string, Claimant>();
  for (const dialect of dialects) {
    for (const pattern of dialect.paths.socket) {
      const owner = owners.get(normalize(pattern));
      if (owner !== undefined) throw conflict(owner, dialect, `socket path ${pattern}`);
      owners.set(normalize(pattern), dialect);
    }
  }
}

function conflict(one: Claimant, other: Claimant, what: string): RelayError {
  const remedy = other.paths.remedy ?? one.paths.remedy;
  const text = `the dialects ${one.name} and ${other.name} both claim ${what}`;
  return new RelayError('invalid', remedy === undefined ? text : `${text}; ${remedy}`);
}

function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1));
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
}

/** The dialect that claims a socket path. A dialect that claims `*` gets the paths that no other dialect claims. */
export function claimantOf<T extends Claimant>(dialects: readonly T[], path: string): T | undefined {
  const claiming = (pattern: (p: string) => boolean) => dialects.find(({ paths }) => paths.socket.some(pattern));
  return claiming((p) => p !== '*' && matches(p, path)) ?? claiming((p) => p === '*');
}
