// After a crash: brings what only the journal has into the tables.

import type { Journal } from './journal.ts';
import { type JournalContent, pendingFrames } from './journal-frames.ts';
import { createPendingRows } from './pending-rows.ts';
import { readNumber } from './schema.ts';
import type { Database } from './sqlite.ts';
import type { Statements } from './statements.ts';
import { createSpans } from './times.ts';

/** The number in `meta` of the run of the relay that wrote the journal. There is none after a run that ended well. */
const RUN = 'journal';
/** The number in `meta` of bytes that the journal had when the run began. Versions before the first frame have none. */
const SIZE = 'journal_size';

/** Ends the tie of a database to its journal. */
export const UNTIE = `DELETE FROM meta WHERE name IN ('${RUN}', '${SIZE}')`;

/** Ties a database to a journal that has just been opened. */
export function tie(db: Database, { run, size }: Pick<Journal, 'run' | 'size'>): void {
  db.exec(`INSERT OR REPLACE INTO meta (name, value) VALUES ('${RUN}', ${run}), ('${SIZE}', ${size}), ('applied', 0)`);
}

/** The run that wrote the journal; 0 if it ended well. */
export function runOf(db: Database): number {
  return readNumber(db, `SELECT value FROM meta WHERE name = '${RUN}'`);
}

/** What only the journal of the last run has. */
export interface Pending extends Omit<JournalContent, 'isOfRun'> {
  /** Why this is not that journal, or not all of it: the end of a sentence about the file. */
  readonly problem: string | undefined;
}

const NOTHING: Pending = { frames: [], lost: 0, problem: undefined };

/**
 * Finds the changes that only the journal has.
 * @param bytes the whole journal; undefined if there is none
 */
export function findPending(db: Database, bytes: Buffer | undefined): Pending {
  const run = runOf(db);
  if (run === 0) return NOTHING;
  if (bytes === undefined) return { ...NOTHING, problem: 'is missing' };
  const applied = readNumber(db, `SELECT value FROM meta WHERE name = 'applied'`);
  const size = readNumber(db, `SELECT value FROM meta WHERE name = '${SIZE}'`);
  const { frames, lost, isOfRun } = pendingFrames(bytes, run, applied);
  if (bytes.length < size) return { frames, lost, problem: 'was cut short' };
  const isRight = isOfRun || size === 0;
  return { frames, lost, problem: isRight ? undefined : 'is not the one that the relay wrote last' };
}

/**
 * Looks for the changes that only the journal has while a relay may be writing: a frame that was half written when it was
 * read looks damaged, so that a second look decides.
 * @param look reads the journal and then the tables. What moves to the tables meanwhile is then in both, and not in neither.
 */
export async function findPendingLive(look: () => Promise<Pending>): Promise<Pending> {
  const pending = await look();
  return pending.problem === undefined && pending.lost === 0 ? pending : look();
}

/**
 * Brings what only the journal has into the tables, in one transaction, so that a crash in between changes nothing.
 * Part of it may be there already.
 */
export function recover(db: Database, statements: Statements, { frames }: Pick<Pending, 'frames'>): void {
  const spans = createSpans(statements);
  const rows = createPendingRows(statements, spans);
  db.exec('BEGIN IMMEDIATE');
  try {
    let lastMid = readNumber(db, `SELECT value FROM meta WHERE name = 'last_mid'`);
    for (const frame of frames) {
      rows.begin(frame.seq);
      for (const [mid, text, createdAt, lifetime, devices, target] of frame.messages) {
        rows.append(mid, { text, createdAt, lifetime, target }, devices);
      }
      for (let index = 0; index < frame.statuses.length; index += 3) {
        const [mid = 0, device = 0, to = 0] = frame.statuses.slice(index, index + 3);
        rows.change(mid, device, to);
      }
      lastMid = Math.max(lastMid, frame.lastMid);
    }
    rows.writeAll();
    spans.write();
    statements.keepLastMid.run([lastMid]);
    db.exec(`${UNTIE}; COMMIT`);
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
