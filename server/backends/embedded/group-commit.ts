// Group commit: all changes of one turn of the event loop share one transaction and one flush of the disk. Under load,
// a group takes the changes of a few turns.
import type Database from 'libsql';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

/** What the owner of the tables adds to each transaction. */
export interface GroupHooks {
  /** Runs inside the transaction, after its changes. */
  beforeCommit(): void;
  /** Called when the transaction is on disk. */
  committed(): void;
  /** Called when the transaction failed. Notes about it in memory must be undone. */
  rolledBack(): void;
}

/** Changes on their way to the disk. */
export interface GroupCommit {
  /**
   * Runs `change` in the next transaction. Resolves, in call order, to its result once that is on disk.
   * Rejects with RelayError `unavailable` when the transaction failed (nothing of it is kept) or the group is closed.
   */
  add<T>(change: () => T): Promise<T>;
  /** Resolves when no earlier change is pending any more, whether it succeeded or failed. */
  settled(): Promise<void>;
  /** Commits the pending changes now and accepts no more. */
  close(): void;
}

/**
 * After a group of this many changes, the next group waits for one more turn. Under load, that turn brings more
 * callers, who share the flush. With few callers it would bring none, so they do not wait.
 */
const BUSY = 8;

interface Pending {
  readonly change: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Groups the changes of `db`, which nobody else writes to. */
export function createGroupCommit(db: Database.Database, hooks: GroupHooks, logger: Logger): GroupCommit {
  let pending: Pending[] = [];
  let closed = false;
  /** The number of changes in the latest group. */
  let lastSize = 0;
  let scheduled: NodeJS.Immediate | undefined;

  function rollBack(): void {
    // SQLite may already have rolled back by itself, for example because the disk is full.
    if (db.inTransaction) db.exec('ROLLBACK');
    hooks.rolledBack();
  }

  function run(group: readonly Pending[]): unknown[] {
    db.exec('BEGIN IMMEDIATE');
    const results = group.map(({ change }) => change());
    hooks.beforeCommit();
    db.exec('COMMIT');
    hooks.committed();
    return results;
  }

  function commit(): void {
    const group = pending;
    pending = [];
    scheduled = undefined;
    lastSize = group.length;
    try {
      const results = run(group);
      group.forEach(({ resolve }, index) => {
        resolve(results[index] as never);
      });
    } catch (cause) {
      logger.error({ err: cause, changes: group.length }, 'the message log could not be written');
      try {
        rollBack();
      } catch (err) {
        logger.error({ err }, 'the message log could not be rolled back');
      }
      const error = new RelayError('unavailable', 'the message log cannot be written at the moment', { cause });
      for (const { reject } of group) reject(error);
    }
  }

  /** Waits for one more turn, whose changes share the flush. */
  function gather(): void {
    scheduled = setImmediate(commit);
  }

  function enqueue(entry: Pending): void {
    pending.push(entry);
    scheduled ??= setImmediate(lastSize < BUSY ? commit : gather);
  }

  return {
    add(change) {
      if (closed) return Promise.reject(new RelayError('unavailable', 'the message log is closed'));
      return new Promise((resolve, reject) => {
        enqueue({ change, resolve, reject });
      });
    },
    settled() {
      if (pending.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        enqueue({ change: () => undefined, resolve, reject: () => resolve() });
      });
    },
    close() {
      closed = true;
      clearImmediate(scheduled);
      if (pending.length > 0) commit();
    },
  };
}
