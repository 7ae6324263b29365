// The embedded backend as the contract's harness sees it.
import { join } from 'node:path';
import { createDamage } from '../../server/backends/embedded/damage.ts';
import { type EmbeddedBackend, openEmbedded } from '../../server/backends/embedded/index.ts';
import { createMessageLog, type EmbeddedMessageLog } from '../../server/backends/embedded/message-log.ts';
import type { Database } from '../../server/backends/embedded/sqlite.ts';
import { silentLogger } from '../../server/base/logger.ts';

/** Opens a data directory. */
export function open(dir: string): Promise<EmbeddedBackend> {
  return openEmbedded({ dir: join(dir, 'data'), logger: silentLogger, maxFeeds: 3 });
}

/** This module, for another process. */
export const MODULE = new URL(import.meta.url);

/** A message log in an open database. */
export function openLog(db: Database, damage = createDamage(silentLogger)): EmbeddedMessageLog {
  return createMessageLog(db, { logger: silentLogger, idOf: (mid) => `id of ${mid}`, damage });
}
