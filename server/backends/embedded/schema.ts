// The tables of the message log and their versions. Not here: what is written to them and when (message-log.ts).
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskProblem } from '../../base/disk-error.ts';
import { flush, flushName, isMissing, writeFlushed } from '../../base/files.ts';
import { DataError } from './data-error.ts';
import { sqlite } from './installed-sqlite.ts';
import type { Database } from './sqlite.ts';
import { SPAN_KINDS, SPAN_MS } from './times.ts';

/** The preset of `storage.ttl`. */
const DEFAULT_LIFETIME = 7 * 24 * 3_600_000;

/** Name of the message log in the data directory. */
export const LOG_FILE = 'messages.db';

/** `application_id` of the message log and of a backup ("Hrld"). It distinguishes them from other databases. */
export const APPLICATION_ID = 0x48726c64;

/**
 * One entry per version; `user_version` says how many were applied. Never edit an entry, only add new ones.
 *
 * Deliveries are stored in the order of mids, so that those of one message share a few pages even if a group has a
 * thousand members. The index finds the deliveries of a device. Up to `settled_upto` a device has nothing unsettled. A
 * device without a name was removed, and its rows are being deleted.
 *
 * Read marks have ascending numbers, which never repeat, so that a reader can continue after one. A trigger deletes a
 * mark together with its message, so that no mark is left behind.
 *
 * A pending leave is an app and the JSON of channel and user, because SQLite would not return every user id unchanged.
 *
 * Up to version 3, reports to apps were messages for devices called `hook/<app>/<digest of the URL>`. A report with a
 * `place` has the position of the report with that number, which it replaced.
 *
 * Times of a message: `created_at` is null if it equals the mid, so that most messages need no bytes for it. `lifetime`
 * is null in messages of versions without it, so that none had to be rewritten. A span says which mids are in a stretch
 * of time (see times.ts), which is enough to find old messages without an index over all of them.
 *
 * A document gets another row with each change, so that the number of its row is its version. Triggers take it out of its
 * lists, and count what each list has. Ids and lists are stored as JSON has them, because SQLite would not return each text
 * unchanged.
 *
 * A message that is kept for its target has the number of that name, unless it is only for the device of that name. The index
 * has no others. Labels are what a message is found by, other than its devices; most messages have none. A trigger deletes them together with
 * the message.
 *
 * `applied` in `meta` is the last group of changes in the journal that the tables have.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE messages (mid INTEGER PRIMARY KEY, json TEXT NOT NULL);
   CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT UNIQUE, settled_upto INTEGER NOT NULL);
   CREATE TABLE deliveries (
     mid INTEGER NOT NULL,
     device INTEGER NOT NULL,
     status INTEGER NOT NULL,
     PRIMARY KEY (mid, device)
   ) WITHOUT ROWID;
   CREATE INDEX deliveries_by_device ON deliveries (device, mid);
   CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
   INSERT INTO meta VALUES ('last_mid', 0);`,
  `CREATE TABLE reads (seq INTEGER PRIMARY KEY AUTOINCREMENT, mid INTEGER NOT NULL UNIQUE);
   CREATE TRIGGER unmark_deleted AFTER DELETE ON messages BEGIN DELETE FROM reads WHERE mid = OLD.mid; END;`,
  'CREATE TABLE owed_ends (app TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (app, name)) WITHOUT ROWID;',
  `CREATE TABLE app_reports (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     place INTEGER,
     app TEXT NOT NULL,
     address TEXT NOT NULL,
     hook INTEGER NOT NULL,
     request TEXT NOT NULL,
     channels TEXT,
     accepted_at INTEGER NOT NULL,
     body TEXT NOT NULL
   );
   CREATE TEMP TABLE moved AS
     SELECT l.mid, l.device, l.status, d.name FROM devices AS d CROSS JOIN deliveries AS l
       INDEXED BY deliveries_by_device ON l.device = d.id WHERE substr(d.name, 1, 5) = 'hook/';
   INSERT INTO app_reports (app, address, hook, request, accepted_at, body)
     SELECT substr(v.name, 6, length(v.name) - 22), substr(v.name, -16),
            coalesce(json_extract(m.json, '$.message.extra.nth'), 0),
            coalesce(json_extract(m.json, '$.message.extra.id'), v.mid), v.mid, json_extract(m.json, '$.message.text')
       FROM moved AS v CROSS JOIN messages AS m ON m.mid = v.mid AND json_valid(m.json)
       WHERE v.status < 9 AND json_extract(m.json, '$.message.text') IS NOT NULL ORDER BY v.mid;
   DELETE FROM deliveries WHERE (mid, device) IN (SELECT mid, device FROM moved);
   DELETE FROM messages WHERE mid IN (SELECT mid FROM moved);
   DELETE FROM devices WHERE substr(name, 1, 5) = 'hook/';
   DROP TABLE moved;`,
  `ALTER TABLE messages ADD COLUMN created_at INTEGER;
   ALTER TABLE messages ADD COLUMN lifetime INTEGER;
   CREATE TABLE spans (
     kind INTEGER NOT NULL,
     bucket INTEGER NOT NULL,
     first INTEGER NOT NULL,
     last INTEGER NOT NULL,
     PRIMARY KEY (kind, bucket)
   ) WITHOUT ROWID;`,
  `INSERT INTO meta VALUES ('applied', 0);`,
  `CREATE TABLE documents (
     version INTEGER PRIMARY KEY AUTOINCREMENT,
     collection TEXT NOT NULL,
     id TEXT NOT NULL,
     value TEXT NOT NULL,
     expires_at INTEGER,
     UNIQUE (collection, id)
   );
   CREATE INDEX documents_by_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;
   CREATE TABLE document_places (
     collection TEXT NOT NULL,
     list TEXT NOT NULL,
     place INTEGER NOT NULL,
     id TEXT NOT NULL,
     document INTEGER NOT NULL,
     PRIMARY KEY (collection, list, place, id)
   ) WITHOUT ROWID;
   CREATE INDEX places_by_document ON document_places (document);
   CREATE TABLE document_counts (
     collection TEXT NOT NULL,
     list TEXT NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (collection, list)
   ) WITHOUT ROWID;
   CREATE TRIGGER unlist_removed AFTER DELETE ON documents BEGIN
     DELETE FROM document_places WHERE document = OLD.version;
   END;
   CREATE TRIGGER count_listed AFTER INSERT ON document_places BEGIN
     INSERT INTO document_counts VALUES (NEW.collection, NEW.list, 1) ON CONFLICT DO UPDATE SET count = count + 1;
   END;
   CREATE TRIGGER count_unlisted AFTER DELETE ON document_places BEGIN
     UPDATE document_counts SET count = count - 1 WHERE collection = OLD.collection AND list = OLD.list;
     DELETE FROM document_counts WHERE collection = OLD.collection AND list = OLD.list AND count = 0;
   END;`,
  `CREATE TABLE labels (mid INTEGER PRIMARY KEY, number INTEGER UNIQUE);
   CREATE TRIGGER unlabel_deleted AFTER DELETE ON messages BEGIN DELETE FROM labels WHERE mid = OLD.mid; END;`,
  `CREATE TABLE targets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   ALTER TABLE messages ADD COLUMN target INTEGER;
   CREATE INDEX messages_by_target ON messages (target) WHERE target IS NOT NULL;
   ALTER TABLE labels ADD COLUMN keyed TEXT;
   CREATE INDEX labels_by_key ON labels (keyed) WHERE keyed IS NOT NULL;`,
];

/** The version that gave messages their times. */
const WITH_TIMES = 5;

/** In earlier versions, a mid was the time of its message, and the lifetime was that of the config. */
function addTimes(db: Database, lifetime: number): void {
  db.prepare(`INSERT INTO meta VALUES ('lifetime', ?)`).run([lifetime]);
  for (const [kind, offset] of [
    [SPAN_KINDS.created, 0],
    [SPAN_KINDS.expires, lifetime],
  ]) {
    // Written into the SQL, because libsql binds numbers as floats, which SQLite does not divide as integers.
    const bucket = `(mid + ${offset}) / ${SPAN_MS}`;
    db.exec(`INSERT INTO spans SELECT ${kind}, ${bucket}, min(mid), max(mid) FROM messages GROUP BY ${bucket}`);
  }
}

/** Reads one number: the first column of the first row, or 0 if that is null. */
export function readNumber(db: Database, sql: string): number {
  // `all` runs the statement to its end; `get` would leave it, and its lock on the file, open.
  const [row] = db.prepare(sql).raw().all() as [unknown][];
  return Number(row?.[0] ?? 0);
}

/**
 * Applies the missing versions, each in one transaction.
 * @param lifetime time to live in ms of messages from versions without times
 */
export function migrate(db: Database, upto: number = MIGRATIONS.length, lifetime = DEFAULT_LIFETIME): void {
  for (let version = readNumber(db, 'PRAGMA user_version') + 1; version <= upto; version++) {
    db.exec(`BEGIN; ${MIGRATIONS[version - 1]}`);
    if (version === WITH_TIMES) addTimes(db, lifetime);
    db.exec(`PRAGMA user_version = ${version}; COMMIT`);
  }
}

/** Makes an empty log under another name and then renames it, so that an empty file is always a damaged log. */
async function create(file: string): Promise<void> {
  const fresh = `${file}.new`;
  await Promise.all([rm(fresh, { force: true }), rm(`${fresh}-journal`, { force: true })]);
  await writeFlushed(fresh, '');
  const db = sqlite().open(fresh);
  // Nothing has to survive before the rename, so SQLite need not flush after each version.
  db.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA application_id = ${APPLICATION_ID}`);
  migrate(db);
  db.close();
  await flush(fresh);
  await rename(fresh, file);
  await flushName(file);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Refuses an empty file, which SQLite would take for a new database, and a WAL without its database. */
async function exists(file: string): Promise<boolean> {
  const size = await sizeOf(file);
  if (size === 0) throw new DataError(`${file} is damaged: it is empty`);
  if (size === undefined && (await sizeOf(`${file}-wal`))) {
    throw new DataError(`${file} is missing, but ${LOG_FILE}-wal is not; restore a backup or remove both`);
  }
  return size !== undefined;
}

/**
 * Checks that an open database is a message log of a known version.
 * @throws DataError that names `file`
 */
export function checkVersion(db: Database, file: string): number {
  if (readNumber(db, 'PRAGMA application_id') !== APPLICATION_ID)
    throw new DataError(`${file} is not a Herald database`);
  const version = readNumber(db, 'PRAGMA user_version');
  if (version < 1 || version > MIGRATIONS.length) {
    throw new DataError(`${file} has version ${version}; this Herald knows 1 to ${MIGRATIONS.length}`);
  }
  return version;
}

/**
 * Opens the message log of a directory, with a WAL and a flush per commit. It makes a missing one and migrates an old
 * one.
 * @param lifetime as for {@link migrate}
 * @throws DataError that names the file if it is damaged, not a message log, or of a newer version
 */
export async function openDatabase(dir: string, lifetime?: number): Promise<Database> {
  const file = join(dir, LOG_FILE);
  try {
    if (!(await exists(file))) await create(file);
  } catch (error) {
    const disk = diskProblem(error);
    throw disk === undefined ? error : new DataError(`${file} cannot be made: ${disk}`, error);
  }
  let db: Database | undefined;
  try {
    db = sqlite().open(file);
    checkVersion(db, file);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384');
    // The relay moves the WAL into the file on another thread. Only if that fails does SQLite do it, in a commit.
    db.exec('PRAGMA wal_autocheckpoint = 8192');
    // First, what a crash left in the WAL goes into the file. Only then does the length of the file mean anything.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const expected = readNumber(db, 'PRAGMA page_count') * readNumber(db, 'PRAGMA page_size');
    if (((await sizeOf(file)) ?? 0) < expected) throw new Error('it was cut short');
    migrate(db, MIGRATIONS.length, lifetime);
    const last = readNumber(db, `SELECT value FROM meta WHERE name = 'last_mid'`);
    if (last < readNumber(db, 'SELECT max(mid) FROM messages')) throw new Error('its last mid is below its messages');
    return db;
  } catch (error) {
    // A migration that failed half-way would keep the file open even after `close`.
    if (db?.inTransaction) db.exec('ROLLBACK');
    db?.close();
    if (error instanceof DataError) throw error;
    const disk = diskProblem(error);
    if (disk !== undefined) throw new DataError(`${file} cannot be used: ${disk}`, error);
    throw new DataError(
      `${file} cannot be opened: ${(error as Error).message}; restore a backup or move it away`,
      error,
    );
  }
}
