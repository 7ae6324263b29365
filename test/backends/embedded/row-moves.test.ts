import { expect } from 'chai';
import { createPendingRows, type PendingRows } from '../../../server/backends/embedded/pending-rows.ts';
import { createRowMoves, type RowMoves } from '../../../server/backends/embedded/row-moves.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements } from '../../../server/backends/embedded/statements.ts';
import { createSpans } from '../../../server/backends/embedded/times.ts';
import { createTransactions } from '../../../server/backends/embedded/transactions.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { tempDir } from '../../support/temp-dir.ts';

let db: Database;
let rows: PendingRows;
let moves: RowMoves;
/** Up to which group each commit was. */
let commits: number[];

beforeEach(async () => {
  db = await openDatabase(await tempDir());
  const statements = prepareStatements(db);
  rows = createPendingRows(statements, createSpans(statements));
  commits = [];
  const hooks = {
    beforeCommit: (applied: number) => void commits.push(applied),
    committed: () => undefined,
    rolledBack: () => undefined,
  };
  moves = createRowMoves(rows, createTransactions(db, hooks, silentLogger));
});
afterEach(() => db.close());

const devices = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const stored = () => readNumber(db, 'SELECT count(*) FROM deliveries');

/** Groups of one message each. */
function append(count: number, recipients = 100, text = 'x'): void {
  for (let mid = 1; mid <= count; mid += 1) {
    rows.begin(mid);
    rows.append(mid, { text, createdAt: 1000, lifetime: 500 }, devices(recipients));
  }
}

/** @returns the number of steps, and the group up to which the tables have everything */
function moveAll(): [steps: number, applied: number] {
  for (let steps = 1; ; steps += 1) {
    const applied = moves.step();
    if (applied !== undefined) return [steps, applied];
  }
}

describe('createRowMoves', () => {
  it('are due with more than 8,192 rows or 4 MiB of texts, but not because of one message', () => {
    append(1, 9000);
    expect(moves.areDue()).to.equal(false);
    rows.clear();
    append(81);
    expect(moves.areDue()).to.equal(false);
    append(82);
    expect(moves.areDue()).to.equal(true);
    rows.clear();
    append(5, 1, 'x'.repeat(2 ** 20));
    expect(moves.areDue()).to.equal(true);
  });

  it('take several turns in one transaction', () => {
    append(10);
    moves.begin(true, 10);
    expect(moves.step()).to.equal(undefined);
    expect([moves.isMoving(), commits]).to.deep.equal([true, []]);
    expect(moveAll()).to.deep.equal([3, 10]);
    expect([moves.isMoving(), commits, rows.size(), stored()]).to.deep.equal([false, [10], 0, 1000]);
  });

  it('leave the newest rows, and tell up to which group the tables have everything', () => {
    append(8);
    moves.begin(false, 8);
    expect(moveAll()[1]).to.equal(6);
    expect([rows.messages(), stored()]).to.deep.equal([2, 600]);
  });

  it('leave what changes meanwhile to the next move', () => {
    append(10);
    moves.begin(true, 10);
    moves.step();
    rows.begin(11);
    expect(rows.change(2, 3, 9)).to.equal(true);
    rows.append(11, { text: 'x', createdAt: 1000, lifetime: 500 }, [1]);
    expect(moveAll()[1]).to.equal(10);
    const status = () => readNumber(db, 'SELECT status FROM deliveries WHERE mid = 2 AND device = 3');
    expect([stored(), status(), rows.size()]).to.deep.equal([1000, 1, 3]);
    moves.begin(true, 11);
    expect([moveAll()[1], stored(), status(), rows.size()]).to.deep.equal([11, 1001, 9, 0]);
  });

  it('are undone when they fail, and begin again', () => {
    append(10);
    moves.begin(true, 10);
    moves.step();
    moves.abandon();
    expect([moves.isMoving(), rows.size(), stored(), db.inTransaction]).to.deep.equal([false, 1010, 0, false]);
    moves.begin(true, 10);
    expect(moveAll()[1]).to.equal(10);
    expect(stored()).to.equal(1000);
  });

  it('finish at once, whether they have begun or not', () => {
    moves.finish(0);
    expect(commits).to.deep.equal([]);
    append(10);
    moves.begin(false, 10);
    moves.step();
    moves.finish(10);
    expect([commits, rows.size(), stored(), moves.isMoving()]).to.deep.equal([[10], 0, 1000, false]);
  });
});
