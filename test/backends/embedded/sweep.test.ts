import { expect } from 'chai';
import { createGroupCommit, type GroupCommit } from '../../../server/backends/embedded/group-commit.ts';
import { createPendingRows } from '../../../server/backends/embedded/pending-rows.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements, type Statements } from '../../../server/backends/embedded/statements.ts';
import { expireBefore, sweepDevice } from '../../../server/backends/embedded/sweep.ts';
import { createSpans, SPAN_KINDS, SPAN_MS, type Spans } from '../../../server/backends/embedded/times.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** More rows than some steps delete. */
const MANY = 501;

let db: Database;
let statements: Statements;
let spans: Spans;
let group: GroupCommit;
let commits: number;

beforeEach(async () => {
  db = await openDatabase(await tempDir());
  statements = prepareStatements(db);
  spans = createSpans(statements);
  commits = 0;
  const committed = () => {
    commits += 1;
  };
  const hooks = { beforeCommit: spans.write, committed, rolledBack: spans.drop };
  group = createGroupCommit({ db, rows: createPendingRows(statements, spans), hooks, logger: silentLogger });
});
afterEach(() => {
  group.close();
  db.close();
});

function add(mid: number, createdAt: number, devices: readonly number[]): Promise<void> {
  return group.add(() => {
    statements.putMessage.run([mid, '{}', createdAt, 1000]);
    spans.note(mid, createdAt, createdAt + 1000);
    for (const device of devices) statements.putDelivery.run([mid, device, 1]);
  });
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const count = (table: string) => readNumber(db, `SELECT count(*) FROM ${table}`);
const mids = () => db.prepare('SELECT mid FROM messages ORDER BY mid').raw().all().flat();

describe('expireBefore', () => {
  it('deletes what is older in small steps, deliveries with it, and tells how many messages went', async () => {
    await Promise.all(range(MANY).map((mid) => add(mid, mid, [1, 2])));
    commits = 0;
    expect(await expireBefore(MANY, group, statements, spans)).to.equal(MANY - 1);
    expect(mids()).to.deep.equal([MANY]);
    expect(count('deliveries')).to.equal(2);
    expect(commits).to.be.above((MANY * 3) / 200);
  });

  it('goes by the time of a message and not by its mid', async () => {
    await add(1, 5000, [1]);
    await add(2, 10, [1]);
    await add(3, 6000, [1]);
    expect(await expireBefore(1000, group, statements, spans)).to.equal(1);
    expect(mids()).to.deep.equal([1, 3]);
  });

  it('forgets the spans that are empty, however many there are', async () => {
    await Promise.all(range(250).map((mid) => add(mid, mid * SPAN_MS, [1])));
    expect(await expireBefore(249 * SPAN_MS, group, statements, spans)).to.equal(248);
    expect(spans.upto(SPAN_KINDS.created, Number.MAX_SAFE_INTEGER, 999).map(({ first }) => first)).to.deep.equal([
      249, 250,
    ]);
  });

  it('deletes nothing when nothing is old', async () => {
    expect(await expireBefore(1000, group, statements, spans)).to.equal(0);
    await add(1, 1000, [1]);
    expect(await expireBefore(1000, group, statements, spans)).to.equal(0);
    expect(mids()).to.deep.equal([1]);
  });
});

describe('sweepDevice', () => {
  it('deletes the deliveries of the device, the messages that only it had, and the device', async () => {
    db.exec(`INSERT INTO devices VALUES (1, NULL, 0), (2, 'tablet', 0)`);
    await Promise.all(range(MANY).map((mid) => add(mid, mid, mid % 100 === 0 ? [1, 2] : [1])));
    commits = 0;
    await sweepDevice(1, group, statements);
    expect(mids()).to.deep.equal([100, 200, 300, 400, 500]);
    expect([count('deliveries'), count('devices')]).to.deep.equal([5, 1]);
    expect(commits).to.be.above(MANY / 200);
  });

  it('deletes a device that has nothing', async () => {
    db.exec('INSERT INTO devices VALUES (1, NULL, 0)');
    await sweepDevice(1, group, statements);
    expect(count('devices')).to.equal(0);
  });
});
