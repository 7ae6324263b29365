// Finds files that are missing while others are there. They were lost, and must not be replaced silently.
import { join } from 'node:path';
import { fileExists } from '../../base/files.ts';
import type { Logger } from '../../base/logger.ts';
import { DataError } from './data-error.ts';
import { JOURNAL_FILE } from './journal.ts';
import { KEYS_FILE, REGISTRY_FILE } from './registry.ts';
import { LOG_FILE, readNumber } from './schema.ts';
import type { Database } from './sqlite.ts';

/** What is lost if the relay starts without a file. */
const COSTS: Readonly<Record<string, string>> = {
  [LOG_FILE]: 'all messages, also those that wait for a device',
  [JOURNAL_FILE]: 'what was accepted in the last moments before the relay ended',
  [REGISTRY_FILE]:
    'all devices, apps and keys of senders; devices have to connect again, and then get what waits for them',
  [KEYS_FILE]: 'the token and all keys; devices have to be paired again',
};

/** Which files are there. A document also counts if only its `.bak` is there. */
export interface Present {
  readonly log: boolean;
  readonly registry: boolean;
  readonly keys: boolean;
}

/** Finds out which files a data directory has. */
export async function findFiles(dir: string): Promise<Present> {
  const has = (name: string) => fileExists(join(dir, name));
  const hasDocument = async (name: string) => (await has(name)) || (await has(`${name}.bak`));
  return {
    log: await has(LOG_FILE),
    registry: await hasDocument(REGISTRY_FILE),
    keys: await hasDocument(KEYS_FILE),
  };
}

/**
 * The names of files that are missing while others are there.
 * @param wasUsed whether the message log shows that such a document was there once
 */
function missingFiles({ log, registry, keys }: Present, wasUsed: (document: 'registry' | 'keys') => boolean): string[] {
  if (!log) return registry || keys ? [LOG_FILE] : [];
  return [
    ...(registry || !wasUsed('registry') ? [] : [REGISTRY_FILE]),
    ...(keys || !wasUsed('keys') ? [] : [KEYS_FILE]),
  ];
}

/** The same without a look into the log, because a relay makes all three files at its first start. */
export function lostFiles(present: Present): string[] {
  return missingFiles(present, () => true);
}

/** Whether the log has data that only a relay with this document can have written. */
function traces(db: Database) {
  return (document: 'registry' | 'keys'): boolean => {
    if (readNumber(db, `SELECT count(*) FROM meta WHERE name = '${document}'`) > 0) return true;
    if (readNumber(db, 'SELECT count(*) FROM devices WHERE name IS NOT NULL') > 0) return true;
    return document === 'keys' && readNumber(db, `SELECT value FROM meta WHERE name = 'last_mid'`) > 0;
  };
}

/** Notes in the log that both documents exist from now on. */
export function noteDocuments(db: Database): void {
  db.exec(`INSERT OR IGNORE INTO meta VALUES ('registry', 1), ('keys', 1)`);
}

/** An open log, which shows what must be there. */
export interface Evidence {
  readonly db: Database;
  /** What is wrong with the journal, see `findPending`. */
  readonly journal: string | undefined;
}

/**
 * Refuses to start without a file that was lost.
 * @param log undefined before it is open, when only a missing log can be noticed
 * @throws DataError that names the missing file and says what to do, unless the loss is accepted
 */
export function refuseLoss(
  dir: string,
  present: Present,
  log: Evidence | undefined,
  accepted: boolean,
  logger: Logger,
): void {
  const missing = missingFiles(present, log === undefined ? () => false : traces(log.db));
  const losses = missing.map((name) => [name, 'is missing, and other files of the relay are there']);
  if (log?.journal !== undefined) losses.push([JOURNAL_FILE, log.journal]);
  for (const [name = '', what] of losses) {
    const loss = `${join(dir, name)} ${what}`;
    if (!accepted) {
      throw new DataError(
        `${loss}; put the right file back, or restore a backup into an empty directory with herald restore, ` +
          `or start once with --accept-loss to lose ${COSTS[name]}`,
      );
    }
    logger.warn({ file: join(dir, name) }, `the relay goes on without a file that was lost: this loses ${COSTS[name]}`);
  }
}
