// Makes and restores backups of a data directory: one SQLite file with the message log and the two documents.
import { chmod, copyFile, link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, fileExists, flush, flushName, writeFlushed } from '../../base/files.ts';
import { DataError } from './data-error.ts';
import { sqlite } from './installed-sqlite.ts';
import { JOURNAL_FILE, readJournal } from './journal.ts';
import { DamagedDocument, parseDocument } from './json-file.ts';
import { lockDirectory } from './lock.ts';
import { findPending, findPendingLive, type Pending, recover, runOf, UNTIE } from './recovery.ts';
import { endTokens, KEYS_FILE, keysSchema, REGISTRY_FILE, type Registry, registrySchema } from './registry.ts';
import { checkVersion, LOG_FILE, migrate } from './schema.ts';
import type { Database } from './sqlite.ts';
import { prepareStatements } from './statements.ts';

/** The table that a backup has besides those of the message log. */
const FILES_TABLE = 'CREATE TABLE files (name TEXT PRIMARY KEY, content TEXT NOT NULL)';

const DOCUMENTS = [
  { name: REGISTRY_FILE, schema: registrySchema },
  { name: KEYS_FILE, schema: keysSchema },
] as const;

function asDataError(text: string, error: unknown): DataError {
  return error instanceof DataError ? error : new DataError(`${text}: ${(error as Error).message}`, error);
}

async function readDocuments(dir: string): Promise<[name: string, content: string][]> {
  const found: [string, string][] = [];
  for (const { name, schema } of DOCUMENTS) {
    const file = join(dir, name);
    if (!(await fileExists(file))) continue;
    const bytes = await readFile(file);
    check(file, bytes, schema);
    found.push([name, bytes.toString('utf8')]);
  }
  return found;
}

function check(file: string, bytes: Uint8Array, schema: (typeof DOCUMENTS)[number]['schema']): void {
  try {
    parseDocument<object>(file, bytes, schema);
  } catch (error) {
    if (error instanceof DamagedDocument) throw new DataError(`${file} is damaged`, error);
    throw error;
  }
}

/** Runs `use` on a database and closes it. An error of SQLite becomes a DataError. */
function withDatabase<T>(path: string, name: string, use: (db: Database) => T): T {
  let db: Database | undefined;
  try {
    db = sqlite().open(path, 5000);
    return use(db);
  } catch (error) {
    throw asDataError(`${name} cannot be used`, error);
  } finally {
    db?.close();
  }
}

/** @throws DataError if there is a file of that name */
export async function refuseFile(file: string): Promise<void> {
  if (await fileExists(file)) throw new DataError(`${file} exists; a backup overwrites nothing`);
}

/** Copies a database into an empty file. On another thread, because a running relay may make its own backup. */
async function copyFileOf(log: string, part: string): Promise<void> {
  try {
    await sqlite().allAside(log, 'VACUUM INTO ?', { params: [part], timeout: 5000 });
  } catch (error) {
    throw asDataError(`${log} cannot be used`, error);
  }
}

/** Copies the tables to `part`, and finds what only the journal has. */
async function copyTables(log: string, part: string, journal: Buffer | undefined): Promise<Pending> {
  await rm(part, { force: true });
  await writeFlushed(part, '');
  withDatabase(log, log, (db) => checkVersion(db, log));
  await copyFileOf(log, part);
  return withDatabase(part, part, (db) => findPending(db, journal));
}

/** @throws DataError when the journal is damaged or not the right one */
function refuseDamage(dir: string, { problem, lost }: Pending): void {
  if (problem !== undefined) {
    const advice = 'and the right one has the last changes; put that back first';
    throw new DataError(`${JOURNAL_FILE} in ${dir} ${problem}, ${advice}`);
  }
  if (lost > 0) throw new DataError(`${JOURNAL_FILE} in ${dir} is damaged`);
}

/**
 * Writes a backup of a data directory to a new file (mode 0600). The relay can stay running. The documents are read
 * before the messages, so that no document is newer than the messages.
 * @param read reads the journal
 * @throws DataError when there is nothing to back up, something in it is damaged, or `file` exists.
 */
export async function backupEmbedded(dir: string, file: string, read = readJournal): Promise<void> {
  const log = join(dir, LOG_FILE);
  await refuseFile(file);
  if (!(await fileExists(log))) throw new DataError(`${dir} is not a data directory: there is no ${LOG_FILE}`);
  const documents = await readDocuments(dir);
  const part = `${file}.part`;
  try {
    const pending = await findPendingLive(async () => copyTables(log, part, await read(dir)));
    refuseDamage(dir, pending);
    withDatabase(part, part, (db) => {
      // An old log that no relay has migrated yet has no journal.
      if (runOf(db) !== 0) recover(db, prepareStatements(db), pending);
      db.exec(`BEGIN; ${FILES_TABLE}`);
      const add = db.prepare('INSERT INTO files VALUES (?, ?)');
      for (const document of documents) add.run(document);
      db.exec('COMMIT');
    });
    await flush(part);
    await link(part, file);
    await flushName(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new DataError(`${file} exists; a backup overwrites nothing`, error);
    }
    throw asDataError(`${file} cannot be written`, error);
  } finally {
    await Promise.all([rm(part, { force: true }), rm(`${part}-journal`, { force: true })]);
  }
}

/** The schema as text, for a comparison: a foreign table or trigger in a backup would become part of the log. */
function describe(db: Database): string {
  return JSON.stringify(db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').raw().all());
}

function expectedSchema(version: number): string {
  return withDatabase(':memory:', 'memory', (db) => {
    migrate(db, version);
    db.exec(FILES_TABLE);
    return describe(db);
  });
}

/** Checks the copy of a backup and takes the documents out of it, so that a message log remains. */
function unpack(copy: string, file: string): Map<string, string> {
  return withDatabase(copy, file, (db) => {
    // No WAL mode, even if the file asks for it: no data may be in a WAL beside the file when it is renamed.
    db.exec('PRAGMA journal_mode = DELETE');
    const version = checkVersion(db, file);
    if (describe(db) !== expectedSchema(version)) throw new DataError(`${file} is not a Herald backup`);
    const [problem] = (db.prepare('PRAGMA integrity_check(1)').raw().all() as [string][]).flat();
    if (problem !== 'ok') throw new DataError(`${file} is damaged: ${problem}`);
    const rows = db.prepare('SELECT name, content FROM files').raw().all() as [string, string][];
    // Without the clock mark, so that the time since the backup does not count as time in which the relay was off,
    // which would make messages that wait live longer. And without the tie to a journal, which a backup does not have.
    db.exec(`DROP TABLE files; DELETE FROM meta WHERE name = 'clock'; ${UNTIE}`);
    return new Map(rows);
  });
}

async function refuseData(dir: string): Promise<void> {
  for (const name of [LOG_FILE, JOURNAL_FILE, REGISTRY_FILE, KEYS_FILE]) {
    for (const path of [join(dir, name), join(dir, `${name}.bak`), join(dir, `${name}-wal`)]) {
      if (await fileExists(path)) throw new DataError(`data directory ${dir} already holds data: ${path}`);
    }
  }
}

/** Options of a restore. */
export interface RestoreOptions {
  /** The old data directory, which knows devices that were removed after the backup. */
  readonly known?: string | undefined;
  /** Ends every token that was signed before, ms since 1970. */
  readonly endBefore?: number | undefined;
}

/** The result of a restore. */
export interface Restored {
  /** Tokens of devices that were signed up to this time have ended, ms since 1970; undefined if none has. */
  readonly endedBefore: number | undefined;
}

/** @throws DataError when the directory has no registry that can be read */
async function readRegistry(dir: string): Promise<Registry> {
  const file = join(dir, REGISTRY_FILE);
  try {
    return parseDocument<Registry>(file, await readFile(file), registrySchema);
  } catch (error) {
    throw asDataError(`${file} cannot be read`, error);
  }
}

/**
 * Fills an empty or missing data directory from a backup. Everything is checked before the first file gets its name.
 * A backup does not know which devices were removed after it was made. So the restore ends all tokens that are older
 * than the newest known removal: a removed device cannot come back, and a device that connected later has a newer
 * token.
 * @throws DataError when the directory is in use or holds data, or `file` is not an undamaged backup of a known
 * version.
 */
export async function restoreEmbedded(file: string, dir: string, options: RestoreOptions = {}): Promise<Restored> {
  const known = options.known === undefined ? undefined : await readRegistry(options.known);
  const unlock = await lockDirectory(dir);
  const log = join(dir, LOG_FILE);
  const copy = `${log}.new`;
  try {
    await refuseData(dir);
    await copyFile(file, copy).catch((error: Error) => {
      throw new DataError(`${file} cannot be read: ${error.message}`, error);
    });
    await chmod(copy, FILE_MODE);
    const documents = unpack(copy, file);
    for (const { name, schema } of DOCUMENTS) {
      const content = documents.get(name);
      if (content !== undefined) check(`${name} in ${file}`, Buffer.from(content), schema);
    }
    const kept = documents.get(REGISTRY_FILE);
    const ended = kept === undefined ? undefined : endTokens(JSON.parse(kept), known, options.endBefore);
    if (ended !== undefined) documents.set(REGISTRY_FILE, `${JSON.stringify(ended.registry, null, 2)}\n`);
    for (const { name } of DOCUMENTS) {
      const content = documents.get(name);
      if (content === undefined) continue;
      const path = join(dir, name);
      await writeFlushed(`${path}.tmp`, content);
      await rename(`${path}.tmp`, path);
    }
    await flush(copy);
    await rename(copy, log);
    await flushName(log);
    return { endedBefore: ended?.before };
  } catch (error) {
    throw asDataError(`data directory ${dir} cannot be written`, error);
  } finally {
    await Promise.all(['', '-journal', '-wal', '-shm'].map((end) => rm(`${copy}${end}`, { force: true })));
    unlock();
  }
}
