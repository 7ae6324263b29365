// Checks a data directory without changing it: what is there, what is missing, what is damaged.
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { errorMessage } from '../../base/errors.ts';
import { fileExists, isMissing } from '../../base/files.ts';
import { isStoredMessage } from '../../delivery/message.ts';
import { DataError } from './data-error.ts';
import { findUnreadableDocuments, WITH_DOCUMENTS } from './document-rows.ts';
import { sqlite } from './installed-sqlite.ts';
import { JOURNAL_FILE, readJournal } from './journal.ts';
import { DamagedDocument, parseDocument } from './json-file.ts';
import { findFiles, lostFiles } from './loss.ts';
import { isJson, unpack } from './packed-text.ts';
import { findPending, findPendingLive, type Pending, runOf } from './recovery.ts';
import { KEYS_FILE, keysSchema, REGISTRY_FILE, registrySchema } from './registry.ts';
import { checkVersion, LOG_FILE } from './schema.ts';
import type { Database } from './sqlite.ts';

/** A result of the check about one file. */
export interface Finding {
  readonly file: string;
  readonly ok: boolean;
  readonly text: string;
}

/** The most problems of the file that are listed. */
const MAX_PROBLEMS = 5;
/** How many messages one query reads. It reads their texts, too, to check them. */
const STEP = 50;
/** The most mids of unreadable messages that are listed. */
const MAX_MIDS = 10;

const BY_DOCUMENT = [
  { name: REGISTRY_FILE, schema: registrySchema, holds: 'devices, apps and keys' },
  { name: KEYS_FILE, schema: keysSchema, holds: 'keys' },
] as const;

async function examineDocument(dir: string, { name, schema, holds }: (typeof BY_DOCUMENT)[number]): Promise<Finding> {
  const file = join(dir, name);
  try {
    parseDocument<object>(file, await readFile(file), schema);
    return { file, ok: true, text: `can be read (${holds})` };
  } catch (error) {
    if (error instanceof DataError) return { file, ok: false, text: error.message };
    const isLost = isMissing(error) || error instanceof DamagedDocument;
    if (!isLost) return { file, ok: false, text: `cannot be read: ${errorMessage(error)}` };
    const what = isMissing(error) ? 'is missing' : 'is not JSON';
    const advice = (await isWhole(`${file}.bak`, schema)) ? `the relay goes on with ${name}.bak` : 'restore a backup';
    return { file, ok: false, text: `${what}; ${advice}` };
  }
}

async function isWhole(file: string, schema: z.ZodType<object>): Promise<boolean> {
  try {
    parseDocument(file, await readFile(file), schema);
    return true;
  } catch {
    return false;
  }
}

function isReadable(stored: string, mid: string): boolean {
  return isJson(stored) ? isStoredMessage(stored, mid) : unpack(stored, mid) !== undefined;
}

/** The mids of the messages that cannot be read, and the number of all messages. */
function findUnreadable(db: Database): { unreadable: string[]; total: number } {
  const select = db.prepare(`SELECT mid, CAST(json AS BLOB) FROM messages WHERE mid > ? ORDER BY mid LIMIT ${STEP}`);
  const unreadable: string[] = [];
  let total = 0;
  for (let last = -1; ; ) {
    const rows = select.raw().all([last]) as [mid: number, text: Buffer][];
    for (const [mid, text] of rows) {
      if (!isUtf8(text) || !isReadable(text.toString(), String(mid))) unreadable.push(String(mid));
    }
    total += rows.length;
    last = rows.at(-1)?.[0] ?? last;
    if (rows.length < STEP) return { unreadable, total };
  }
}

function examineDocuments(db: Database, file: string): Finding[] {
  const { unreadable, total } = findUnreadableDocuments(db);
  if (unreadable.length === 0) return [];
  const some = unreadable.slice(0, MAX_MIDS).join(', ');
  const more = unreadable.length > MAX_MIDS ? ', …' : '';
  const text = `${unreadable.length} of ${total} documents (alerts, jobs, …) cannot be read and are left out: ${some}${more}`;
  return [{ file, ok: false, text }];
}

async function examineJournal(db: Database, dir: string, read: typeof readJournal): Promise<Finding[]> {
  const file = join(dir, JOURNAL_FILE);
  let pending: Pending;
  try {
    pending = await findPendingLive(async () => {
      const bytes = await read(dir);
      return findPending(db, bytes);
    });
  } catch (error) {
    return [{ file, ok: false, text: errorMessage(error) }];
  }
  if (runOf(db) === 0) return [];
  const { frames, lost, problem } = pending;
  if (problem !== undefined) {
    return [{ file, ok: false, text: `${problem}: what was accepted before the relay ended may be lost` }];
  }
  if (lost === 0) return [{ file, ok: true, text: `is whole (${frames.length} groups of changes for ${LOG_FILE})` }];
  return [{ file, ok: false, text: `is damaged: ${lost} of ${frames.length + lost} groups of changes cannot be read` }];
}

async function examineLog(dir: string, read: typeof readJournal): Promise<Finding[]> {
  const file = join(dir, LOG_FILE);
  let db: Database | undefined;
  try {
    db = sqlite().open(file, 5000);
    const version = checkVersion(db, file);
    const problems = (db.prepare(`PRAGMA integrity_check(${MAX_PROBLEMS})`).raw().all() as [string][]).flat();
    if (problems.join() !== 'ok') {
      return [{ file, ok: false, text: `is damaged: ${problems.join('; ')}; restore a backup with herald restore` }];
    }
    const { unreadable, total } = findUnreadable(db);
    const whole = [
      ...(await examineJournal(db, dir, read)),
      { file, ok: true, text: 'is whole' },
      ...(version < WITH_DOCUMENTS ? [] : examineDocuments(db, file)),
    ];
    if (unreadable.length === 0) return [...whole, { file, ok: true, text: `all ${total} messages can be read` }];
    const mids = unreadable.slice(0, MAX_MIDS).join(', ');
    const more = unreadable.length > MAX_MIDS ? ', …' : '';
    const text = `${unreadable.length} of ${total} messages cannot be read and are skipped: ${mids}${more}`;
    return [...whole, { file, ok: false, text }];
  } catch (error) {
    return [
      { file, ok: false, text: error instanceof DataError ? error.message : `cannot be read: ${errorMessage(error)}` },
    ];
  } finally {
    db?.close();
  }
}

/**
 * Checks a data directory. The relay can stay running.
 * @param read reads the journal
 */
export async function examineEmbedded(dir: string, read = readJournal): Promise<Finding[]> {
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined)
    return [{ file: dir, ok: true, text: 'is not there yet: the relay makes it at its first start' }];
  if (!found.isDirectory()) return [{ file: dir, ok: false, text: 'is not a directory' }];
  const present = await findFiles(dir);
  const findings: Finding[] = [];
  for (const name of lostFiles(present)) {
    findings.push({ file: join(dir, name), ok: false, text: 'is missing, and other files of the relay are there' });
  }
  for (const document of BY_DOCUMENT) {
    const file = join(dir, document.name);
    if ((await fileExists(file)) || (await fileExists(`${file}.bak`)))
      findings.push(await examineDocument(dir, document));
  }
  if (present.log) findings.push(...(await examineLog(dir, read)));
  return findings.length === 0 ? [{ file: dir, ok: true, text: 'is empty' }] : findings;
}
