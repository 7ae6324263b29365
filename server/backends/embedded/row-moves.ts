// Moves pending rows to the tables, some in each turn of the event loop, in a transaction that ends with the last of them.
// Groups go on meanwhile: their rows gather for the next one.
import type { PendingRows, RowBatch } from './pending-rows.ts';
import type { Transactions } from './transactions.ts';

/** The most rows that go to the tables in one turn of the event loop. They take about a millisecond. */
const STEP = 256;
/**
 * How many rows wait for the tables before most of them go there, in one transaction. By then, most deliveries are settled,
 * and a page of the index that is due for several messages is written once. While they move, as many more may gather.
 */
const MAX_PENDING_ROWS = 8192;
/** The same in characters of texts. */
const MAX_PENDING_TEXT = 4 * 2 ** 20;

/** The moves of the rows of a log. */
export interface RowMoves {
  /** Whether so many rows gathered that most of them have to move. */
  areDue(): boolean;
  /** Whether a transaction is open. */
  isMoving(): boolean;
  /**
   * Begins to move all rows or most of them. The journal has them on disk, so the commit is not flushed.
   * @param newest the number of the latest group, which must be on disk
   */
  begin(takesAll: boolean, newest: number): void;
  /**
   * Writes some of them.
   * @returns the group up to which the tables then have everything; undefined while rows are left
   */
  step(): number | undefined;
  /** Writes all rows at once, with a flush. */
  finish(newest: number): void;
  /** Rolls back, after a failure or to begin again. The rows are pending as before. */
  abandon(): void;
}

/** Moves `rows`. */
export function createRowMoves(rows: PendingRows, transactions: Transactions): RowMoves {
  let batch: RowBatch | undefined;
  /** The group up to which the tables have everything after the batch. */
  let upto = 0;

  function begin(flushes: boolean, takesAll: boolean, newest: number): void {
    transactions.begin(flushes);
    batch = rows.batch(takesAll);
    upto = batch.applied ?? newest;
  }

  function move(limit: number): number | undefined {
    if (batch?.write(limit) !== true) return undefined;
    transactions.commit(upto);
    batch.forget();
    batch = undefined;
    return upto;
  }

  function abandon(): void {
    batch?.giveBack();
    batch = undefined;
    transactions.rollBack();
  }

  return {
    areDue: () => rows.messages() > 1 && (rows.size() > MAX_PENDING_ROWS || rows.bytes() > MAX_PENDING_TEXT),
    isMoving: () => batch !== undefined,
    begin: (takesAll, newest) => begin(false, takesAll, newest),
    step: () => move(STEP),
    finish(newest) {
      if (batch !== undefined) abandon();
      if (rows.size() === 0) return;
      begin(true, true, newest);
      move(Number.POSITIVE_INFINITY);
    },
    abandon,
  };
}
