// After a crash: brings what only the journal has into the tables.
import type Database from 'libsql';
import { type JournalContent, pendingFrames } from './journal.ts';
import { createPendingRows } from './pending-rows.ts';
import { readNumber } from './schema.ts';
import type { Statements } from './statements.ts';
import { createSpans } from './times.ts';

/** The number in `meta` of the run of the relay that wrote the journal. There is none after a run that ended well. */
export const RUN = 'journal';

/** The run that wrote the journal; 0 if it ended well. */
export function runOf(db: Database.Database): number {
  return readNumber(db, `SELECT value FROM meta WHERE name = '${RUN}'`);
}

/** Finds the changes that only the journal has. */
export function findPending(db: Database.Database, bytes: Buffer): JournalContent {
  const run = runOf(db);
  if (run === 0) return { frames: [], lost: 0 };
  return pendingFrames(bytes, run, readNumber(db, `SELECT value FROM meta WHERE name = 'applied'`));
}

/**
 * Brings what only the journal has into the tables, in one transaction, so that a crash in between changes nothing.
 * Changes of another run or of another database are left out. Part of it may be there already.
 * @param bytes the whole journal
 * @returns how many groups of changes cannot be read
 */
export function recover(db: Database.Database, statements: Statements, bytes: Buffer): number {
  const { frames, lost } = findPending(db, bytes);
  const spans = createSpans(statements);
  const rows = createPendingRows(statements, spans);
  db.exec('BEGIN IMMEDIATE');
  try {
    let lastMid = readNumber(db, `SELECT value FROM meta WHERE name = 'last_mid'`);
    for (const frame of frames) {
      rows.begin(frame.seq);
      for (const [mid, text, createdAt, lifetime, devices] of frame.messages) {
        rows.append(mid, { text, createdAt, lifetime }, devices);
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
    db.exec(`DELETE FROM meta WHERE name = '${RUN}'; COMMIT`);
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
  return lost;
}
