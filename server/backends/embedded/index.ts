// The embedded backend: everything in one data directory, for one process. It does not connect nodes: its bus is local,
// and a second process on the same directory is refused.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createLocalHolders } from '../../access/name-holders.ts';
import type { PendingLeaveStore } from '../../app-webhooks/pending-leaves.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { diskProblem } from '../../base/disk-error.ts';
import type { Logger } from '../../base/logger.ts';
import { createLocalBus } from '../../bus.ts';
import type { PublishedEvent } from '../../channel/connection.ts';
import { createLocalTerminations } from '../../channel/terminations.ts';
import { createMessageIds } from '../../delivery/message-id.ts';
import type { ClockedLog } from '../../delivery/ports.ts';
import { createLocalMail, soleOwner } from '../../delivery/sole-owner.ts';
import { createSoleNode } from '../../nodes.ts';
import type { Backend } from '../backend.ts';
import { createMemoryGuards } from '../memory-guards.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDamage } from './damage.ts';
import { DataError, isDamagedDatabase } from './data-error.ts';
import { sqlite } from './installed-sqlite.ts';
import { createIntegrityCheck } from './integrity.ts';
import { JOURNAL_FILE, type Journal, openJournal, readJournal } from './journal.ts';
import { lockDirectory } from './lock.ts';
import { findFiles, noteDocuments, refuseLoss } from './loss.ts';
import { createMessageLog } from './message-log.ts';
import { findPending, recover, runOf } from './recovery.ts';
import { openRegistry, openSecrets } from './registry.ts';
import { LOG_FILE, openDatabase } from './schema.ts';
import type { Database } from './sqlite.ts';
import { prepareStatements } from './statements.ts';

export { backupEmbedded, restoreEmbedded } from './backup.ts';
export { DataError } from './data-error.ts';
export { examineEmbedded } from './doctor.ts';

/** Options of the embedded backend. `dir` is made if it is missing. */
export interface EmbeddedOptions {
  readonly dir: string;
  readonly logger: Logger;
  /** Gives messages their mids and times, and ends what the guards count. */
  readonly clock?: Clock;
  /** How long the relay tries to deliver a message, in ms; by default the preset of `storage.ttl`. */
  readonly messageTtl?: number;
  /** `storage.maxFeeds`. */
  readonly maxFeeds?: number;
  /** Whether to start even if a file is missing. */
  readonly acceptLoss?: boolean;
  /** After how many ms without a change `messages.db` gets what only the journal has. */
  readonly applyAfter?: number;
}

/** A backend on this machine, with times of this machine's clock. */
export interface EmbeddedBackend extends Backend {
  readonly times: ClockedLog;
  readonly pendingLeaves: PendingLeaveStore;
}

const randomKey = (): string => randomBytes(32).toString('base64url');

/**
 * Locks the data directory and opens its files.
 * @throws DataError with one line for the operator when the directory is in use or something in it is damaged.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedBackend> {
  const { dir, logger, clock = systemClock, messageTtl, maxFeeds, acceptLoss = false, applyAfter } = options;
  const unlock = await lockDirectory(dir);
  if (sqlite().name !== 'libsql') logger.info({}, "libsql is missing here, so the messages are in Node's own SQLite");
  const file = join(dir, LOG_FILE);
  const explained = (error: unknown) =>
    isDamagedDatabase(error)
      ? new DataError(
          `${file} is damaged: ${error.message}; restore a backup with herald restore, or move it away`,
          error,
        )
      : error;
  let db: Database | undefined;
  let journal: Journal | undefined;
  try {
    const present = await findFiles(dir);
    refuseLoss(dir, present, undefined, acceptLoss, logger);
    const registry = await openRegistry(dir, logger);
    const secrets = await openSecrets(dir, logger);
    // The log comes first: a document without a log would look as if the log was lost.
    db = await openDatabase(dir, messageTtl);
    // After a run that ended well, the journal holds nothing that the tables do not have.
    const left = runOf(db) === 0 ? undefined : findPending(db, await readJournal(dir));
    if (present.log) refuseLoss(dir, present, { db, journal: left?.problem }, acceptLoss, logger);
    if (left !== undefined) {
      const { lost } = left;
      recover(db, prepareStatements(db), left);
      if (lost > 0) logger.error({ lost }, `${JOURNAL_FILE} is damaged: some of the last changes are lost`);
    }
    journal = await openJournal(dir);
    const checkpoints = createCheckpoints(file, logger);
    await secrets.establish();
    await registry.establish();
    noteDocuments(db);
    const { idOf, midOf } = createMessageIds(await secrets.get('messageIdKey', randomKey));
    const damage = createDamage(logger);
    const log = createMessageLog(db, {
      logger,
      idOf,
      clock,
      ttl: messageTtl,
      maxFeeds,
      damage,
      journal,
      flushTables: checkpoints.run,
      applyAfter,
    });
    const integrity = createIntegrityCheck(file, damage, logger);
    return {
      messageIds: { idOf, midOf },
      devices: registry.devices,
      apps: registry.apps,
      keys: registry.keys,
      revocations: registry.revocations,
      secrets,
      log: {
        ...log,
        // This is the first call that reads all deliveries, so it may be the first to find a damaged page.
        queued: () => log.queued().catch((error) => Promise.reject(explained(error))),
      },
      times: log,
      documents: log.documents,
      mail: createLocalMail(),
      ownership: soleOwner,
      appReports: log.appReports,
      appEvents: undefined,
      pendingLeaves: log.pendingLeaves,
      bus: createLocalBus<PublishedEvent>(),
      guards: createMemoryGuards(clock),
      nameHolders: createLocalHolders(),
      occupancy: undefined,
      users: undefined,
      terminations: createLocalTerminations(),
      nodes: createSoleNode(clock),
      redis: undefined,
      readForeign: undefined,
      async drain() {},
      async agreeOnToken() {},
      check: integrity.run,
      health: integrity.health,
      async close() {
        await integrity.stop();
        await checkpoints.stop();
        log.close();
        await journal?.close();
        await Promise.all([registry.close(), secrets.close()]);
        unlock();
      },
    };
  } catch (error) {
    db?.close();
    await journal?.close();
    unlock();
    const disk = diskProblem(error);
    if (disk !== undefined) throw new DataError(`data directory ${dir} cannot be used: ${disk}`, error);
    throw explained(error);
  }
}
