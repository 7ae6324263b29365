// Group commit: changes that come together share one flush of the disk. A group that only adds rows or changes statuses
// goes to the journal, and to the tables later, with others. Every other group is one transaction. While a group is
// written, the next one gathers. Here is the order of all that; each step is in a file of its own.

import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { createGroupJournal, type GroupJournal, type JournalPorts, LARGE_GROUP } from './group-journal.ts';
import type { PendingRows } from './pending-rows.ts';
import { type QueuedChange, settleAll, TableChange } from './queued-change.ts';
import { createRowMoves } from './row-moves.ts';
import type { Database } from './sqlite.ts';
import { createTransactions, type TransactionHooks } from './transactions.ts';
import { createTurnover } from './turnover.ts';

/** What {@link createGroupCommit} needs. Without a journal, each group is a transaction. */
export interface GroupCommitPorts {
  readonly db: Database;
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

/** Groups the changes of `db`, which no one else writes to. */
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
  /** Reads that wait for rows that gather. */
  let reads: Read[] = [];
  /** Reads that wait for the rows on their way to the tables. */
  let movingReads: Read[] = [];
  /** The group on its way to the journal. */
  let writing: readonly QueuedChange[] | undefined;
  let closed = false;
  /** The number of the latest group. */
  let seq = 0;
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
  const needsAllRows = () =>
    turnover?.needsRows() === true || (rows.size() > 0 && (isDue || reads.length > 0 || needsTables()));
  /** Whether no group can go on before rows have moved. */
  const isBlocked = () => needsTables() || moves.areDue() || (isTurningOver() && turnover?.needsRows() === true);

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

  function resolve(waiting: readonly Read[]): void {
    for (const read of waiting) read.resolve();
  }

  function beginMove(): void {
    const takesAll = needsAllRows();
    if (takesAll) [movingReads, reads, isDue] = [reads, [], false];
    moves.begin(takesAll, seq);
  }

  /** Moves some rows to the tables. */
  function step(): void {
    try {
      if (!moves.isMoving()) beginMove();
      const applied = moves.step();
      if (applied !== undefined) {
        turnover?.tablesHave(applied);
        resolve(movingReads);
        movingReads = [];
      }
      turnover?.noteStep(applied !== undefined);
      scheduled ??= setImmediate(next);
    } catch (cause) {
      moves.abandon();
      logTables(cause);
      isDue = false;
      reject([...movingReads, ...reads], cause);
      [movingReads, reads] = [[], []];
      // The next change tries it again, or the timer. Without a pause, it would fail in every turn.
      restartTimer();
      if (!isBlocked()) return;
      reject([...queue, ...queuedReads], cause);
      [queue, queuedReads] = [[], []];
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
      avoidsJournal = journal === undefined;
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

  /** Whether the next group has to wait. It is called again in a later turn. */
  function mustWait(isTransaction: boolean): boolean {
    // Its transaction comes after that of the rows.
    if (isTransaction) return moves.isMoving() || rows.size() > 0;
    // Too many rows gathered while others are moving.
    if (moves.isMoving() && moves.areDue()) return true;
    if (queue.length === 0 || !isTurningOver()) return false;
    const start = turnover?.begin(seq);
    if (start === 'failed') {
      avoidsJournal = true;
      schedule();
    }
    return start !== 'done';
  }

  function takeGroup(): void {
    const isTransaction = needsTables();
    if (mustWait(isTransaction)) return;
    [reads, queuedReads] = [[...reads, ...queuedReads], []];
    if (queue.length === 0) return;
    const group = queue;
    queue = [];
    lastSize = group.length;
    if (journal === undefined || isTransaction) commit(group);
    else journalize(group, journal);
  }

  /** Does the next thing that is to do. In one turn, that is at most a step of rows and a group. */
  function next(): void {
    scheduled = undefined;
    // The rows of a group that is being written may be taken back, so no move begins meanwhile.
    if (moves.isMoving() || (writing === undefined && (moves.areDue() || needsAllRows()))) step();
    if (writing !== undefined) return;
    if (!moves.isMoving() && rows.size() === 0) {
      isDue = false;
      resolve(reads);
      reads = [];
    }
    if (turnover?.isPaused() !== true) takeGroup();
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
      new Promise((resolves, rejects) => {
        put(new TableChange(change, resolves, rejects));
      }),
    put,
    settled() {
      if (queue.length === 0 && writing === undefined && rows.size() === 0 && !moves.isMoving())
        return Promise.resolve();
      return new Promise((resolves, rejects) => {
        queuedReads.push({ resolve: resolves, reject: rejects });
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
        reject([...(made ?? []), ...queue, ...movingReads, ...reads, ...queuedReads], cause);
        return false;
      }
      if (made !== undefined) settleAll(made, logger);
      if (queue.length > 0) commit(queue);
      queue = [];
      resolve([...movingReads, ...reads, ...queuedReads]);
      return true;
    },
  };
}
