// Group commit: changes that come together share one flush of the disk. A group that only adds rows or changes statuses
// goes to the journal, and to the tables later, with others. Every other group is one transaction. While a group is
// written, the next one gathers.
import type Database from 'libsql';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { encodeFrame, type Journal } from './journal.ts';
import type { PendingRows, RowBatch } from './pending-rows.ts';
import { type QueuedChange, settleAll, TableChange } from './queued-change.ts';

/** What the owner of the tables adds to each transaction. */
export interface GroupHooks {
  /** Runs inside the transaction, after its changes. The tables then have every group up to `applied`. */
  beforeCommit(applied: number): void;
  /** Called when the transaction is committed. */
  committed(): void;
  /** Called when the transaction failed. Notes about it in memory must be undone. */
  rolledBack(): void;
}

/** The journal of a log, and what a group commit needs with it. */
export interface JournalPorts {
  readonly file: Journal;
  /** Identifies this run of the relay. */
  readonly run: number;
  lastMid(): number;
  /** Resolves when everything that was committed to the tables before the call is on disk. */
  flushTables(): Promise<void>;
}

/** What {@link createGroupCommit} needs. Without a journal, each group is a transaction. */
export interface GroupCommitPorts {
  readonly db: Database.Database;
  readonly rows: PendingRows;
  readonly hooks: GroupHooks;
  readonly logger: Logger;
  readonly journal?: JournalPorts | undefined;
  /** After how many ms without a change the rows go to the tables. */
  readonly applyAfter?: number | undefined;
}

/** Changes on their way to the disk. */
export interface GroupCommit {
  /**
   * Runs `change` on the tables, in a transaction. Resolves, in call order, to its result once that is on disk.
   * Rejects with RelayError `unavailable` when its group could not be written (nothing of it is kept) or the group
   * commit is closed.
   */
  add<T>(change: () => T): Promise<T>;
  /** The same for a change of rows, which is told about its end. */
  put(change: QueuedChange): void;
  /** Resolves when the tables have every earlier change. Rejects if they cannot be written. */
  settled(): Promise<void>;
  /** Writes everything to the tables now and accepts no more. @returns whether the tables have everything */
  close(): boolean;
}

/**
 * After a group of this many changes, the next group waits for one more turn. Under load, that turn brings more
 * callers, who share the flush. With few callers it would bring none, so they do not wait.
 */
const BUSY = 8;
/** The most rows that go to the tables in one turn of the event loop. They take about a millisecond. */
const STEP = 256;
/**
 * How many rows wait for the tables before most of them go there, in one transaction. By then, most deliveries are settled,
 * and a page of the index that is due for several messages is written once.
 */
const MAX_PENDING_ROWS = 8192;
/** The same in characters of texts. */
const MAX_PENDING_TEXT = 4 * 2 ** 20;
/** After this many ms, the rows go to the tables anyway. */
const APPLY_AFTER = 1000;
/** The journal turns over when its half has less room than this. A larger group is a transaction. */
const ROOM = 2 ** 20;
/** After this many steps and other transactions, the WAL is moved into the file. */
const STEPS_PER_CHECKPOINT = 32;

interface Waiting {
  reject(error: unknown): void;
}

interface Read extends Waiting {
  readonly resolve: () => void;
}

/** Groups the changes of `db`, which nobody else writes to. */
export function createGroupCommit(ports: GroupCommitPorts): GroupCommit {
  const { db, rows, hooks, logger, journal, applyAfter = APPLY_AFTER } = ports;
  let queue: QueuedChange[] = [];
  /** Reads that wait for what is in the queue. */
  let queuedReads: Read[] = [];
  /** Reads that wait for the tables. */
  let reads: Read[] = [];
  /** The group on its way to the journal. */
  let writing: readonly QueuedChange[] | undefined;
  let closed = false;
  /** The number of the latest group. */
  let seq = 0;
  /** The number of the latest group that the tables have. */
  let applied = 0;
  let journalledMid = journal?.lastMid() ?? 0;
  /** The number of changes in the latest group. */
  let lastSize = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Whether the rows have waited long enough. */
  let isDue = false;
  /** Whether the next group has to be a transaction, because the journal failed or has no room for it. */
  let avoidsJournal = journal === undefined;
  /** Whether the tables have on disk what the other half of the journal holds. */
  let otherHalfIsFree = true;
  let turns = 0;
  let flushing: Promise<void> | undefined;
  /** Whether the next group waits until they have. */
  let isPaused = false;
  /** Rows on their way to the tables, in an open transaction. Groups wait for its end. */
  let batch: RowBatch | undefined;
  let steps = 0;
  let flushesCommits = true;

  const isOver = () => rows.messages() > 1 && (rows.size() > MAX_PENDING_ROWS || rows.bytes() > MAX_PENDING_TEXT);
  const isTurningOver = () => !avoidsJournal && journal !== undefined && journal.file.room() < ROOM;
  const needsTables = () => queue.length > 0 && (avoidsJournal || queue.some((change) => change.needsTables()));

  function schedule(): void {
    if (writing === undefined && !isPaused) scheduled ??= setImmediate(lastSize < BUSY ? next : gather);
  }

  /** Waits for one more turn, whose changes share the flush. */
  function gather(): void {
    scheduled = setImmediate(next);
  }

  function reject(waiting: readonly Waiting[], cause: unknown): void {
    const error = new RelayError('unavailable', 'the message log cannot be written at the moment', { cause });
    for (const one of waiting) one.reject(error);
  }

  /** @param flushes whether the commit has to be on disk */
  function begin(flushes: boolean): void {
    if (flushes !== flushesCommits) {
      db.exec(`PRAGMA synchronous = ${flushes ? 'FULL' : 'NORMAL'}`);
      flushesCommits = flushes;
    }
    db.exec('BEGIN IMMEDIATE');
  }

  function end(): void {
    db.exec('COMMIT');
    hooks.committed();
  }

  function rollBack(): void {
    try {
      // SQLite may already have rolled back by itself, for example because the disk is full.
      if (db.inTransaction) db.exec('ROLLBACK');
      hooks.rolledBack();
    } catch (err) {
      logger.error({ err }, 'the message log could not be rolled back');
    }
  }

  async function flushTables(): Promise<void> {
    turns += 1;
    const turn = turns;
    let isDone = true;
    try {
      await journal?.flushTables();
    } catch (err) {
      isDone = false;
      logger.error({ err }, 'the message log could not be flushed');
    }
    // A transaction may have freed the half before, so that the journal has turned over again meanwhile.
    if (turn === turns) [otherHalfIsFree, flushing] = [otherHalfIsFree || isDone, undefined];
  }

  /** Moves the WAL into the file after many steps. */
  function moveWal(): void {
    if (steps < STEPS_PER_CHECKPOINT) return;
    steps = 0;
    void journal?.flushTables().catch(() => undefined);
  }

  /** Moves rows to the tables: some of them, in a transaction that ends with the last of them. */
  function move(limit: number, flushes: boolean, takesAll: boolean): void {
    steps += 1;
    if (batch === undefined) {
      begin(flushes);
      batch = rows.batch(takesAll);
    }
    if (!batch.write(limit)) return;
    const upto = batch.applied ?? seq;
    hooks.beforeCommit(upto);
    end();
    batch.forget();
    batch = undefined;
    applied = upto;
    moveWal();
  }

  function step(): void {
    scheduled = setImmediate(next);
    try {
      // The journal has them on disk.
      move(STEP, false, needsAllRows());
    } catch (cause) {
      batch = undefined;
      rollBack();
      logger.error({ err: cause, rows: rows.size() }, 'the tables of the message log could not be written');
      isDue = false;
      reject(reads, cause);
      reads = [];
      if (!isOver() && !isTurningOver() && !needsTables()) return;
      reject([...queue, ...queuedReads], cause);
      [queue, queuedReads] = [[], []];
      // The next change tries it again, or the timer. Without a pause, it would fail in every turn.
      clearImmediate(scheduled);
      scheduled = undefined;
      restartTimer();
    }
  }

  function writeRows(): void {
    rows.writeAll();
    rows.clear();
  }

  /** One transaction for a group. No rows are pending, so all of them are of this group. */
  function commit(group: readonly QueuedChange[]): void {
    seq += 1;
    rows.begin(seq);
    try {
      begin(true);
      for (const change of group) {
        if (change instanceof TableChange) writeRows();
        change.make();
      }
      writeRows();
      hooks.beforeCommit(seq);
      end();
      // The flush covers what was committed without one before.
      [avoidsJournal, otherHalfIsFree, applied] = [journal === undefined, true, seq];
      settleAll(group, logger);
      steps += 1;
      moveWal();
    } catch (cause) {
      rollBack();
      rows.clear();
      // Without a transaction that passes the number of this group, it would look like a lost frame.
      avoidsJournal = true;
      logger.error({ err: cause, changes: group.length }, 'the message log could not be written');
      reject(group, cause);
    }
  }

  /** Makes the changes of a group in memory. */
  function make(group: readonly QueuedChange[]): void {
    rows.begin(seq + 1);
    rows.prefetch(group);
    for (const change of group) change.make();
  }

  function abandon(group: readonly QueuedChange[], cause: unknown, text: string): void {
    rows.undo();
    logger.error({ err: cause, changes: group.length }, text);
    reject(group, cause);
    schedule();
  }

  function journalize(group: QueuedChange[], { file, run, lastMid }: JournalPorts): void {
    try {
      make(group);
    } catch (cause) {
      abandon(group, cause, 'the message log could not be read');
      return;
    }
    const mid = lastMid();
    const { messages, statuses } = rows.group();
    if (messages.length === 0 && statuses.length === 0 && mid === journalledMid) {
      settleAll(group, logger);
      schedule();
      return;
    }
    const frame = encodeFrame({ run, seq: seq + 1, lastMid: mid, messages, statuses });
    if (frame.length > file.room()) {
      rows.undo();
      avoidsJournal = true;
      queue = [...group, ...queue];
      [reads, queuedReads] = [[], [...reads, ...queuedReads]];
      schedule();
      return;
    }
    seq += 1;
    writing = group;
    // A large group needs a while even on a fast disk, and many callers do not notice the way to another thread.
    file.write(frame, group.length < BUSY, (error) => {
      if (writing === undefined) return;
      writing = undefined;
      if (error === null) {
        journalledMid = mid;
        settleAll(group, logger);
        schedule();
        return;
      }
      // What the file has of this group is unknown, so a transaction has to pass its number before the next one.
      avoidsJournal = true;
      abandon(group, error, 'the journal of the message log could not be written');
    });
  }

  /** Goes on in the other half of the journal. The tables have everything. */
  function turnOver({ file }: JournalPorts): void {
    if (otherHalfIsFree) {
      otherHalfIsFree = false;
      file.turnOver();
      flushing = flushTables();
    } else if (flushing !== undefined) {
      isPaused = true;
      void flushing.then(() => {
        isPaused = false;
        schedule();
      });
    } else {
      // The tables could not be flushed. The next group tries it again.
      avoidsJournal = true;
    }
  }

  function needsAllRows(): boolean {
    // A group without rows also has to be passed before its frame is overwritten.
    if (isTurningOver() && applied < seq) return true;
    return rows.size() > 0 && (isDue || reads.length > 0 || needsTables());
  }

  /** Does the next thing that is to do, one in each turn. */
  function next(): void {
    scheduled = undefined;
    if (batch !== undefined || isOver() || needsAllRows()) {
      step();
      return;
    }
    isDue = false;
    for (const { resolve } of reads) resolve();
    reads = [];
    if (queue.length > 0 && journal !== undefined && isTurningOver()) turnOver(journal);
    if (isPaused) return;
    [reads, queuedReads] = [queuedReads, []];
    if (queue.length > 0) {
      const isTransaction = needsTables();
      const group = queue;
      queue = [];
      lastSize = group.length;
      if (journal === undefined || isTransaction) commit(group);
      else journalize(group, journal);
    }
    if (reads.length > 0) schedule();
    if (rows.size() > 0) restartTimer();
  }

  /** The rows go to the tables when nothing has happened for a while. */
  function restartTimer(): void {
    timer ??= setTimeout(() => {
      isDue = true;
      schedule();
    }, applyAfter).unref();
    timer.refresh();
  }

  function put(change: QueuedChange): void {
    if (closed) {
      change.reject(new RelayError('unavailable', 'the message log is closed'));
      return;
    }
    queue.push(change);
    schedule();
  }

  return {
    add: (change) =>
      new Promise((resolve, rejects) => {
        put(new TableChange(change, resolve, rejects));
      }),
    put,
    settled() {
      if (queue.length === 0 && writing === undefined && rows.size() === 0) return Promise.resolve();
      return new Promise((resolve, rejects) => {
        queuedReads.push({ resolve, reject: rejects });
        schedule();
      });
    },
    close() {
      closed = true;
      clearImmediate(scheduled);
      clearTimeout(timer);
      const made = writing;
      writing = undefined;
      try {
        if (batch !== undefined) {
          batch = undefined;
          rollBack();
        }
        if (rows.size() > 0) move(Number.POSITIVE_INFINITY, true, true);
      } catch (cause) {
        batch = undefined;
        rollBack();
        logger.error({ err: cause, rows: rows.size() }, 'the tables of the message log could not be written');
        reject([...(made ?? []), ...queue, ...reads, ...queuedReads], cause);
        return false;
      }
      if (made !== undefined) settleAll(made, logger);
      if (queue.length > 0) commit(queue);
      queue = [];
      for (const { resolve } of [...reads, ...queuedReads]) resolve();
      return true;
    },
  };
}
