// Creates the dialects of a relay. Their list is in index.ts.

import type { Dialect, RunningDialect } from '../dialect.ts';
import { type Claimant, checkClaims } from './claims.ts';

/** A dialect that the config enables. */
export interface OpenDialect extends Claimant {
  readonly running: RunningDialect;
}

/**
 * Creates every dialect that the config enables, in the order of the list.
 * @throws RelayError `invalid` when two of them claim the same path
 */
export async function openDialects<Ports, Config>(
  dialects: readonly Dialect<Ports, Config>[],
  ports: Ports,
  config: Config,
): Promise<OpenDialect[]> {
  const open: OpenDialect[] = [];
  for (const dialect of dialects) {
    const running = await dialect.create(ports, config);
    if (running === undefined) continue;
    const { name, paths } = dialect;
    open.push({ name, paths: typeof paths === 'function' ? paths(config) : paths, running });
  }
  checkClaims(open);
  return open;
}
