// Moves pending rows to the tables, some in each turn of the event loop, in a transaction that ends with the last of them.
import type { PendingRows, RowBatch } from './pending-rows.ts';
import type { Transactions } from './transactions.ts';

/** The most rows that go to the tables in one turn of the event loop. They take about a millisecond. */
const STEP = 256;
/**
 * How many rows wait for the tables before most of them go there, in one transaction. By then, most deliveries are settled,
 * and a page of the index that is due for several messages is written once.
 */
const MAX_PENDING_ROWS = 8192;
/** The same in characters of texts. */
const MAX_PENDING_TEXT = 4 * 2 ** 20;

/** The moves of the rows of a log. */
export interface RowMoves {
  /** Whether so many rows are pending that most of them have to move. */
  areDue(): boolean;
  /** Whether a transaction is open. Meanwhile, no row may change. */
  isMoving(): boolean;
  /**
   * Writes some rows. The journal has them on disk, so the commit is not flushed.
   * @param takesAll whether a new transaction takes all rows
   * @param newest the number of the latest group
   * @returns the group up to which the tables then have everything; undefined while rows are left
   */
  step(takesAll: boolean, newest: number): number | undefined;
  /** Writes all rows at once, with a flush. */
  finish(newest: number): void;
  /** Rolls back, after a failure or to begin again. The rows are pending as before. */
  abandon(): void;
}

/** Moves `rows`. */
export function createRowMoves(rows: PendingRows, transactions: Transactions): RowMoves {
  let batch: RowBatch | undefined;

  function move(limit: number, flushes: boolean, takesAll: boolean, newest: number): number | undefined {
    if (batch === undefined) {
      transactions.begin(flushes);
      batch = rows.batch(takesAll);
    }
    if (!batch.write(limit)) return undefined;
    const applied = batch.applied ?? newest;
    transactions.commit(applied);
    batch.forget();
    batch = undefined;
    return applied;
  }

  function abandon(): void {
    batch = undefined;
    transactions.rollBack();
  }

  return {
    areDue: () => rows.messages() > 1 && (rows.size() > MAX_PENDING_ROWS || rows.bytes() > MAX_PENDING_TEXT),
    isMoving: () => batch !== undefined,
    step: (takesAll, newest) => move(STEP, false, takesAll, newest),
    finish(newest) {
      if (batch !== undefined) abandon();
      if (rows.size() > 0) move(Number.POSITIVE_INFINITY, true, true, newest);
    },
    abandon,
  };
}
