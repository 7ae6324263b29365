// Making the dialects of a relay. Not here: their list, see index.ts.

import type { Dialect, RunningDialect } from '../dialect.ts';
import { type Claimant, checkClaims } from './claims.ts';

/** A dialect that is switched on. */
export interface OpenDialect extends Claimant {
  readonly running: RunningDialect;
}

/**
 * Makes every dialect that the config does not switch off, in the order of the list.
 * @throws RelayError `invalid` naming both when two of them claim one path
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
