// Group commit: changes that come together share one flush of the disk. A group that only adds rows or changes statuses
// goes to the journal, and to the tables later, with others. Every other group is one transaction. While a group is
// written, the next one gathers. Here is the order of all that; each step is in a file of its own.
import type Database from 'libsql';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { createGroupJournal, type GroupJournal, type JournalPorts, LARGE_GROUP } from './group-journal.ts';
import type { PendingRows } from './pending-rows.ts';
import { type QueuedChange, settleAll, TableChange } from './queued-change.ts';
import { createRowMoves } from './row-moves.ts';
import { createTransactions, type TransactionHooks } from './transactions.ts';
import { createTurnover } from './turnover.ts';

/** What {@link createGroupCommit} needs. Without a journal, each group is a transaction. */
export interface GroupCommitPorts {
  readonly db: Database.Database;
  readonly rows: PendingRows;
  readonly hooks: TransactionHooks;
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

/** After this many ms, the rows go to the tables anyway. */
const APPLY_AFTER = 1000;

interface Waiting {
  reject(error: unknown): void;
}

interface Read extends Waiting {
  readonly resolve: () => void;
}

/** Groups the changes of `db`, which nobody else writes to. */
export function createGroupCommit(ports: GroupCommitPorts): GroupCommit {
  const { db, rows, hooks, logger, applyAfter = APPLY_AFTER } = ports;
  const transactions = createTransactions(db, hooks, logger);
  const moves = createRowMoves(rows, transactions);
  const journal = ports.journal === undefined ? undefined : createGroupJournal(rows, ports.journal);
  const turnover =
    ports.journal === undefined
      ? undefined
      : createTurnover({
          journal: ports.journal.file,
          flushTables: ports.journal.flushTables,
          logger,
          resume: schedule,
        });
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
  /** The number of changes in the latest group. */
  let lastSize = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Whether the rows have waited long enough. */
  let isDue = false;
  /** Whether the next group has to be a transaction, because the journal failed or has no room for it. */
  let avoidsJournal = journal === undefined;

  const isTurningOver = () => !avoidsJournal && turnover?.isDue() === true;
  const needsTables = () => queue.length > 0 && (avoidsJournal || queue.some((change) => change.needsTables()));

  /**
   * After a large group, the next one waits for one more turn. Under load, that turn brings more callers, who share the
   * flush. With few callers it would bring none, so they do not wait.
   */
  function schedule(): void {
    if (writing !== undefined || turnover?.isPaused() === true) return;
    scheduled ??= setImmediate(lastSize < LARGE_GROUP ? next : gather);
  }

  function gather(): void {
    scheduled = setImmediate(next);
  }

  function reject(waiting: readonly Waiting[], cause: unknown): void {
    const error = new RelayError('unavailable', 'the message log cannot be written at the moment', { cause });
    for (const one of waiting) one.reject(error);
  }

  function logTables(err: unknown): void {
    logger.error({ err, rows: rows.size() }, 'the tables of the message log could not be written');
  }

  /** Moves some rows to the tables. */
  function step(): void {
    scheduled = setImmediate(next);
    try {
      const upto = moves.step(needsAllRows(), seq);
      applied = upto ?? applied;
      turnover?.noteStep(upto !== undefined);
    } catch (cause) {
      moves.abandon();
      logTables(cause);
      isDue = false;
      reject(reads, cause);
      reads = [];
      if (!moves.areDue() && !isTurningOver() && !needsTables()) return;
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
      transactions.begin(true);
      for (const change of group) {
        if (change instanceof TableChange) writeRows();
        change.make();
      }
      writeRows();
      transactions.commit(seq);
      [avoidsJournal, applied] = [journal === undefined, seq];
      turnover?.tablesAreOnDisk();
      settleAll(group, logger);
      turnover?.noteStep(true);
    } catch (cause) {
      transactions.rollBack();
      rows.clear();
      // Without a transaction that passes the number of this group, it would look like a lost frame.
      avoidsJournal = true;
      logger.error({ err: cause, changes: group.length }, 'the message log could not be written');
      reject(group, cause);
    }
  }

  function abandon(group: readonly QueuedChange[], cause: unknown, text: string): void {
    rows.undo();
    logger.error({ err: cause, changes: group.length }, text);
    reject(group, cause);
    schedule();
  }

  /** Puts a group back that has no room in the journal. It is a transaction next. */
  function takeBack(group: readonly QueuedChange[]): void {
    rows.undo();
    avoidsJournal = true;
    queue = [...group, ...queue];
    [reads, queuedReads] = [[], [...reads, ...queuedReads]];
    schedule();
  }

  function journalize(group: readonly QueuedChange[], to: GroupJournal): void {
    try {
      to.make(group, seq + 1);
    } catch (cause) {
      abandon(group, cause, 'the message log could not be read');
      return;
    }
    writing = group;
    const start = to.write(group, seq + 1, (error) => {
      if (writing === undefined) return;
      writing = undefined;
      if (error === null) {
        settleAll(group, logger);
        schedule();
        return;
      }
      // What the file has of this group is unknown, so a transaction has to pass its number before the next one.
      avoidsJournal = true;
      abandon(group, error, 'the journal of the message log could not be written');
    });
    if (start === 'writing') {
      seq += 1;
      return;
    }
    writing = undefined;
    if (start === 'no room') {
      takeBack(group);
      return;
    }
    settleAll(group, logger);
    schedule();
  }

  function needsAllRows(): boolean {
    // A group without rows also has to be passed before its frame is overwritten.
    if (isTurningOver() && applied < seq) return true;
    return rows.size() > 0 && (isDue || reads.length > 0 || needsTables());
  }

  /** Does the next thing that is to do, one in each turn. */
  function next(): void {
    scheduled = undefined;
    if (moves.isMoving() || moves.areDue() || needsAllRows()) {
      step();
      return;
    }
    isDue = false;
    for (const { resolve } of reads) resolve();
    reads = [];
    if (queue.length > 0 && isTurningOver() && turnover?.begin() === false) avoidsJournal = true;
    if (turnover?.isPaused() === true) return;
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
        moves.finish(seq);
      } catch (cause) {
        moves.abandon();
        logTables(cause);
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
