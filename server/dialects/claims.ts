// Path claims: which dialect answers which socket path, and that no two dialects claim one path.
import type { PathClaims } from './dialect.ts';

/** A dialect as far as paths are concerned. */
export interface Claimant {
  readonly name: string;
  readonly paths: PathClaims;
}

const normalize = (pattern: string) => pattern.replace(/:[^/]+/g, ':');

/** @throws Error naming both dialects when two of them claim one path, whatever they call its parameters */
export function checkClaims(dialects: readonly Claimant[]): void {
  for (const kind of ['http', 'socket'] as const) {
    const owners = new Map<string, string>();
    for (const { name, paths } of dialects) {
      for (const pattern of paths[kind]) {
        const owner = owners.get(normalize(pattern));
        if (owner !== undefined)
          throw new Error(`the dialects ${owner} and ${name} both claim ${kind} path ${pattern}`);
        owners.set(normalize(pattern), name);
      }
    }
  }
}

function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1));
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
}

/** The dialect that claims a socket path; one that claims `*` gets what nobody else does. */
export function claimantOf<T extends Claimant>(dialects: readonly T[], path: string): T | undefined {
  const claiming = (pattern: (p: string) => boolean) => dialects.find(({ paths }) => paths.socket.some(pattern));
  return claiming((p) => p !== '*' && matches(p, path)) ?? claiming((p) => p === '*');
}
