import { expect } from 'chai';
import Database from 'libsql';
import { readNumber } from '../../../server/backends/embedded/schema.ts';
import { createTransactions, type Transactions } from '../../../server/backends/embedded/transactions.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';

let db: Database.Database;
let transactions: Transactions;
let called: string[];
let lines: LogLine[];
/** Called inside `beforeCommit`. */
let before: () => void;
/** Called inside `rolledBack`. */
let after: () => void;

beforeEach(() => {
  db = new Database(':memory:');
  db.exec('CREATE TABLE numbers (number INTEGER)');
  called = [];
  [before, after] = [() => undefined, () => undefined];
  const recording = recordingLogger();
  lines = recording.lines;
  const hooks = {
    beforeCommit(applied: number) {
      called.push(`before ${applied}`);
      before();
    },
    committed: () => void called.push('committed'),
    rolledBack() {
      called.push('rolled back');
      after();
    },
  };
  transactions = createTransactions(db, hooks, recording.logger);
});
afterEach(() => db.close());

const count = () => readNumber(db, 'SELECT count(*) FROM numbers');

describe('createTransactions', () => {
  it('keeps what its owner adds before the commit', () => {
    before = () => db.exec('INSERT INTO numbers VALUES (1)');
    transactions.begin(true);
    transactions.commit(7);
    expect([called, count(), db.inTransaction]).to.deep.equal([['before 7', 'committed'], 1, false]);
  });

  it('flushes only the commits that have to be on disk', () => {
    const modes = [false, true, true, false].map((flushes) => {
      transactions.begin(flushes);
      transactions.commit(1);
      return readNumber(db, 'PRAGMA synchronous');
    });
    const [normal, full] = [1, 2];
    expect(modes).to.deep.equal([normal, full, full, normal]);
  });

  it('rolls back, also what SQLite has rolled back by itself', () => {
    transactions.begin(true);
    db.exec('INSERT INTO numbers VALUES (1)');
    transactions.rollBack();
    transactions.begin(true);
    db.exec('INSERT INTO numbers VALUES (2); ROLLBACK');
    transactions.rollBack();
    expect([called, count(), lines]).to.deep.equal([['rolled back', 'rolled back'], 0, []]);
  });

  it('goes on after a rollback that fails, and logs it', () => {
    after = () => expect.fail('no');
    transactions.begin(true);
    transactions.rollBack();
    expect(db.inTransaction).to.equal(false);
    expect(lines.map(({ level, text }) => `${level}: ${text}`)).to.deep.equal([
      'error: the message log could not be rolled back',
    ]);
  });
});
