import { expect } from 'chai';
import { createPendingRows, type PendingRows, type RowBatch } from '../../../server/backends/embedded/pending-rows.ts';
import { openDatabase } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements } from '../../../server/backends/embedded/statements.ts';
import { createSpans } from '../../../server/backends/embedded/times.ts';
import { seeded } from '../../e2e/random.ts';
import { tempDir } from '../../support/temp-dir.ts';

const READY = 1;

let db: Database;
let rows: PendingRows;

beforeEach(async () => {
  db = await openDatabase(await tempDir());
  const statements = prepareStatements(db);
  rows = createPendingRows(statements, createSpans(statements));
});
afterEach(() => db.close());

const range = (count: number, first = 1) => Array.from({ length: count }, (_, index) => first + index);
const message = (text: string) => ({ text, createdAt: 1000, lifetime: 500 });
const set = (mid: number, device: number, to: number, from?: number) =>
  rows.change(mid, device, to, from === undefined ? undefined : new Set([from]));
const stored = () =>
  db.prepare('SELECT mid, device, status FROM deliveries ORDER BY mid, device').raw().all() as number[][];
const texts = () => db.prepare('SELECT mid, CAST(json AS TEXT) FROM messages ORDER BY mid').raw().all();

/** Writes what is pending, in steps. @returns the last group of which the tables have everything */
function write(takesAll = true, limit = 7): number | undefined {
  const batch = rows.batch(takesAll);
  while (!batch.write(limit)) {}
  batch.forget();
  return batch.applied;
}

describe('PendingRows', () => {
  it('writes each delivery once, with its last status', () => {
    rows.begin(1);
    rows.append(5, message('five'), [1, 2]);
    rows.begin(2);
    expect(set(5, 1, 2, READY)).to.equal(true);
    expect(set(5, 1, 3, 2)).to.equal(true);
    expect(stored()).to.deep.equal([]);
    expect(rows.size()).to.equal(3);
    expect(write()).to.equal(undefined);
    expect(stored()).to.deep.equal([
      [5, 1, 3],
      [5, 2, READY],
    ]);
    expect(texts()).to.deep.equal([[5, 'five']]);
    expect([rows.size(), rows.bytes()]).to.deep.equal([0, 0]);
  });

  it('knows a status in the tables, asked for alone or with others', () => {
    rows.begin(1);
    rows.append(5, message('five'), range(20));
    write();
    const deliveries = [
      [],
      range(20).map((device) => [5, device] as const),
      [
        [5, 1],
        [5, 99],
        [6, 1],
      ],
    ];
    for (const prefetched of deliveries) {
      rows.begin(2);
      rows.prefetch(prefetched.map(([mid = 0, device]) => ({ mid, device: () => device })));
      expect(set(5, 1, 2, 7), 'not from this status').to.equal(false);
      expect(set(5, 99, 2, READY), 'no such device').to.equal(false);
      rows.undo();
      expect(set(5, 1, 2, READY)).to.equal(true);
      rows.undo();
    }
    expect(rows.size()).to.equal(0);
  });

  it('does not read a status again that was just read, until rows are cleared', () => {
    rows.begin(1);
    rows.append(5, message('five'), [1, 2, 3]);
    write();
    for (const device of [1, 2, 3]) rows.remember(5, device, READY);
    // Nobody else writes to the tables, so what was read counts.
    db.exec('DELETE FROM deliveries');
    rows.begin(2);
    rows.prefetch([1, 2].map((device) => ({ mid: 5, device: () => device })));
    expect([set(5, 1, 2, 7), set(5, 1, 2, READY), set(5, 2, 3, READY)]).to.deep.equal([false, true, true]);
    rows.undo();
    expect(set(5, 1, 2, READY), 'after it was taken back').to.equal(false);
    rows.clear();
    expect(set(5, 3, 2, READY), 'after rows were cleared').to.equal(false);
  });

  it('does not remember what was read in a transaction that may fail', () => {
    rows.begin(1);
    rows.append(5, message('five'), [1]);
    write();
    rows.begin(2);
    set(5, 1, 9);
    const batch = rows.batch(true);
    rows.remember(5, 1, READY);
    expect([set(5, 1, 2, READY), set(5, 1, 2, 9)]).to.deep.equal([false, true]);
    batch.forget();
  });

  it('does not take what was read for newer than a pending row', () => {
    rows.begin(1);
    rows.append(5, message('five'), [1]);
    write();
    rows.begin(2);
    set(5, 1, 9);
    rows.remember(5, 1, READY);
    write();
    expect([set(5, 1, 2, READY), set(5, 1, 2, 9)]).to.deep.equal([false, true]);
  });

  it('takes back a group, and leaves those before it as they were', () => {
    rows.begin(1);
    rows.append(5, message('five'), [1, 2]);
    set(5, 1, 2);
    rows.begin(2);
    rows.append(6, message('six'), [1]);
    set(5, 1, 3);
    set(5, 1, 4);
    set(6, 1, 2);
    expect(rows.group()).to.deep.equal({
      messages: [[6, 'six', 1000, 500, [1]]],
      statuses: [5, 1, 3, 5, 1, 4, 6, 1, 2],
    });
    rows.undo();
    expect(rows.group()).to.deep.equal({ messages: [], statuses: [] });
    expect([rows.size(), rows.bytes()]).to.deep.equal([3, 4]);
    write();
    expect(stored()).to.deep.equal([
      [5, 1, 2],
      [5, 2, READY],
    ]);
    expect(texts()).to.deep.equal([[5, 'five']]);
  });

  it('writes about as many rows in a step as it may, also in the middle of a message', () => {
    rows.begin(1);
    rows.append(5, message('five'), range(20));
    rows.append(6, message('six'), [1]);
    const batch = rows.batch(true);
    const counts: [boolean, number][] = [];
    for (let step = 0; step < 3; step += 1) counts.push([batch.write(10), stored().length]);
    expect(counts).to.deep.equal([
      [false, 9],
      [false, 19],
      [true, 21],
    ]);
    batch.forget();
    expect([rows.size(), rows.bytes()]).to.deep.equal([0, 0]);
  });

  it('leaves a quarter of the rows and the newest message, and says up to which group the tables have everything', () => {
    for (const mid of range(4)) {
      rows.begin(mid);
      rows.append(mid, message('some'), range(3));
    }
    rows.begin(5);
    set(1, 1, 2);
    set(4, 1, 2);
    expect(write(false)).to.equal(3);
    expect([rows.messages(), rows.size(), stored().length]).to.deep.equal([1, 4, 9]);
    rows.begin(6);
    rows.append(5, message('five'), range(100));
    expect(write(false)).to.equal(5);
    expect([rows.messages(), rows.size()]).to.deep.equal([1, 101]);
    expect(write()).to.equal(undefined);
    expect(stored()).to.have.length(112);
    expect(stored()[0]).to.deep.equal([1, 1, 2]);
  });

  describe('with a batch on its way', () => {
    beforeEach(() => {
      rows.begin(1);
      rows.append(5, message('five'), [1, 2]);
      set(5, 1, 2);
    });

    it('counts only the rows that are not on their way', () => {
      const batch = rows.batch(true);
      expect([rows.size(), rows.messages(), rows.bytes()]).to.deep.equal([0, 0, 0]);
      rows.begin(2);
      set(5, 2, 3);
      expect([rows.size(), rows.messages(), rows.bytes()]).to.deep.equal([1, 1, 0]);
      batch.giveBack();
      expect([rows.size(), rows.messages(), rows.bytes()]).to.deep.equal([3, 1, 4]);
    });

    it('knows their statuses, asked for alone or with others', () => {
      const batch = rows.batch(true);
      batch.write(1);
      rows.begin(2);
      rows.prefetch([1, 2, 9].map((device) => ({ mid: 5, device: () => device })));
      expect(set(5, 1, 3, READY), 'not from this status').to.equal(false);
      expect(set(5, 1, 3, 2)).to.equal(true);
      expect(set(5, 9, 3), 'no such device').to.equal(false);
      expect(set(5, 1, 4, 3), 'changed twice').to.equal(true);
      expect(rows.group().statuses).to.deep.equal([5, 1, 3, 5, 1, 4]);
    });

    it('keeps what changed meanwhile when the batch failed, and the first group of each row', () => {
      const batch = rows.batch(true);
      rows.begin(2);
      rows.append(6, message('six'), [1]);
      rows.begin(3);
      set(5, 1, 4);
      batch.giveBack();
      expect(write(false)).to.equal(1);
      expect(stored()).to.deep.equal([
        [5, 1, 4],
        [5, 2, READY],
      ]);
      expect(texts()).to.deep.equal([[5, 'five']]);
    });

    for (const [name, end] of [
      ['ended', (batch: RowBatch) => batch.forget()],
      ['failed', (batch: RowBatch) => batch.giveBack()],
    ] as const) {
      it(`takes back a group that changed its rows, before and after it ${name}`, () => {
        const batch = rows.batch(true);
        batch.write(100);
        rows.begin(2);
        set(5, 1, 4);
        rows.undo();
        set(5, 1, 4);
        set(5, 2, 3);
        end(batch);
        rows.undo();
        write();
        expect(stored()).to.deep.equal([
          [5, 1, 2],
          [5, 2, READY],
        ]);
        expect([rows.size(), rows.bytes()]).to.deep.equal([0, 0]);
      });
    }
  });

  it('has the rows that a model has, whatever is changed, taken back and written', () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const chance = seeded(seed);
    const random = (below: number) => Math.floor(chance() * below);
    let model = new Map<string, number>();
    let mid = 0;
    let batch: RowBatch | undefined;
    /** Begins a batch, writes some of it, or ends it. */
    function move(): void {
      if (batch === undefined) {
        if (rows.messages() === 0) return;
        db.exec('BEGIN');
        batch = rows.batch(random(2) === 0);
      }
      const isWritten = batch.write(1 + random(40));
      if (!isWritten && random(5) > 0) return;
      db.exec(isWritten ? 'COMMIT' : 'ROLLBACK');
      if (isWritten) batch.forget();
      else batch.giveBack();
      batch = undefined;
    }
    for (let group = 1; group <= 150; group += 1) {
      rows.begin(group);
      const before = new Map(model);
      for (let step = random(5); step > 0; step -= 1) {
        if (random(3) === 0) {
          mid += 1;
          const devices = range(1 + random(30));
          rows.append(mid, message(`m${mid}`), devices);
          for (const device of devices) model.set(`${mid} ${device}`, READY);
        } else {
          const [on, device, from, to] = [1 + random(mid + 1), 1 + random(32), 1 + random(4), 1 + random(4)];
          const isThere = model.get(`${on} ${device}`) === from;
          if (random(2) === 0)
            rows.prefetch([
              { mid: on, device: () => device },
              { mid: on, device: () => device + 1 },
            ]);
          expect(set(on, device, to, from), `seed ${seed}: a change in group ${group}`).to.equal(isThere);
          if (isThere) model.set(`${on} ${device}`, to);
        }
      }
      if (random(4) === 0) {
        rows.undo();
        model = before;
        mid = Math.max(0, ...[...model.keys()].map((key) => Number(key.split(' ')[0])));
      }
      if (random(2) === 0) move();
      if (random(3) === 0) {
        for (const [on = 0, device = 0, status = 0] of stored()) if (random(2) === 0) rows.remember(on, device, status);
      }
    }
    while (batch !== undefined) move();
    write();
    const expected = [...model].map(([key, status]) => [...key.split(' ').map(Number), status]);
    expect(stored(), `seed ${seed}`).to.have.deep.members(expected);
    expect([rows.size(), rows.bytes()], `seed ${seed}`).to.deep.equal([0, 0]);
  });
});
