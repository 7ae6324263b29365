import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import Database from 'libsql';
import { createGroupCommit, type GroupCommit } from '../../../server/backends/embedded/group-commit.ts';
import type { PendingRows } from '../../../server/backends/embedded/pending-rows.ts';
import { RelayError } from '../../../server/base/errors.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';

/** No change of these tests is one of rows. */
const NO_ROWS: PendingRows = {
  size: () => 0,
  messages: () => 0,
  bytes: () => 0,
  begin: () => undefined,
  append: () => undefined,
  change: () => false,
  remember: () => undefined,
  prefetch: () => undefined,
  group: () => ({ messages: [], statuses: [] }),
  undo: () => undefined,
  batch: () => ({ applied: undefined, write: () => true, forget: () => undefined, giveBack: () => undefined }),
  writeAll: () => undefined,
  clear: () => undefined,
};

let db: Database.Database;
let group: GroupCommit;
/** The hooks that were called, in their order. */
let called: string[];
let lines: LogLine[];
let failBefore: boolean;

beforeEach(() => {
  db = new Database(':memory:');
  db.exec('CREATE TABLE numbers (number INTEGER UNIQUE)');
  called = [];
  failBefore = false;
  const recording = recordingLogger();
  lines = recording.lines;
  const hooks = {
    beforeCommit() {
      called.push(db.inTransaction ? 'before' : 'before, without a transaction');
      if (failBefore) throw new Error('no');
    },
    committed: () => void called.push(db.inTransaction ? 'committed too early' : 'committed'),
    rolledBack: () => void called.push('rolled back'),
  };
  group = createGroupCommit({ db, rows: NO_ROWS, hooks, logger: recording.logger });
});
afterEach(() => db.close());

const insert = (number: number) => () => db.prepare('INSERT INTO numbers VALUES (?)').run([number]).changes;
const kept = () => db.prepare('SELECT number FROM numbers ORDER BY number').raw().all().flat();

describe('createGroupCommit', () => {
  it('commits the changes of a turn together and gives each its own result', async () => {
    const results = await Promise.all([group.add(insert(1)), group.add(() => 'two'), group.add(insert(3))]);
    expect(results).to.deep.equal([1, 'two', 1]);
    expect(called).to.deep.equal(['before', 'committed']);
    expect(kept()).to.deep.equal([1, 3]);
  });

  for (const [name, hookFails] of [
    ['a change', false],
    ['a hook', true],
  ] as const) {
    it(`keeps nothing of a group in which ${name} fails, and takes the next one`, async () => {
      failBefore = hookFails;
      const second = hookFails ? insert(2) : insert(1);
      const results = await Promise.allSettled([group.add(insert(1)), group.add(second)]);
      for (const result of results) {
        const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
        expect(reason).to.be.instanceOf(RelayError).with.property('code', 'unavailable');
      }
      expect([called.at(-1), kept()]).to.deep.equal(['rolled back', []]);
      expect(lines.map(({ level, facts }) => [level, 'changes' in facts && facts.changes])).to.deep.equal([
        ['error', 2],
      ]);
      failBefore = false;
      expect(await group.add(insert(7))).to.equal(1);
      expect(kept()).to.deep.equal([7]);
    });
  }

  it('settles after what was called for before, whether that was kept or not', async () => {
    const order: string[] = [];
    const failing = group.add(() => expect.fail('no')).catch(() => order.push('failed'));
    await group.settled();
    order.push('settled');
    await failing;
    expect(order).to.deep.equal(['failed', 'settled']);
  });

  it('makes no transaction to settle when nothing is pending', async () => {
    await group.settled();
    await turn();
    expect(called).to.deep.equal([]);
  });

  it('commits what is pending when it is closed, once, and takes no more', async () => {
    const added = group.add(insert(1));
    group.close();
    expect(kept()).to.deep.equal([1]);
    expect(await added).to.equal(1);
    expect(await rejection(group.add(insert(2)))).to.have.property('code', 'unavailable');
    await turn();
    expect(called).to.deep.equal(['before', 'committed']);
  });
});
