// Transactions of the tables of a log, and what its owner does at the end of each.

import type { Logger } from '../../base/logger.ts';
import type { Database } from './sqlite.ts';

/** What the owner of the tables adds to each transaction. */
export interface TransactionHooks {
  /** Runs inside the transaction, after its changes. The tables then have every group up to `applied`. */
  beforeCommit(applied: number): void;
  /** Called when the transaction is committed. */
  committed(): void;
  /** Called when the transaction failed. Notes about it in memory must be undone. */
  rolledBack(): void;
}

/** The transactions of a log, one at a time. */
export interface Transactions {
  /** @param flushes whether its commit has to be on disk */
  begin(flushes: boolean): void;
  /** @param applied the group up to which the tables then have everything */
  commit(applied: number): void;
  rollBack(): void;
}

/** Makes the transactions of `db`, which no one else writes to. */
export function createTransactions(db: Database, hooks: TransactionHooks, logger: Logger): Transactions {
  let flushesCommits = true;

  return {
    begin(flushes) {
      if (flushes !== flushesCommits) {
        db.exec(`PRAGMA synchronous = ${flushes ? 'FULL' : 'NORMAL'}`);
        flushesCommits = flushes;
      }
      db.exec('BEGIN IMMEDIATE');
    },
    commit(applied) {
      hooks.beforeCommit(applied);
      db.exec('COMMIT');
      hooks.committed();
    },
    rollBack() {
      try {
        // SQLite may already have rolled back by itself, for example because the disk is full.
        if (db.inTransaction) db.exec('ROLLBACK');
        hooks.rolledBack();
      } catch (err) {
        logger.error({ err }, 'the message log could not be rolled back');
      }
    },
  };
}
