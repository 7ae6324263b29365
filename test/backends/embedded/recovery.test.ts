import { expect } from 'chai';
import { encodeFrame, type JournalFrame } from '../../../server/backends/embedded/journal-frames.ts';
import {
  findPending,
  findPendingLive,
  recover,
  runOf,
  tie,
  UNTIE,
} from '../../../server/backends/embedded/recovery.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements } from '../../../server/backends/embedded/statements.ts';
import { tempDir } from '../../support/temp-dir.ts';

const [READY, WAIT] = [1, 2];

let db: Database;

/** A run that has brought its first group into the tables. */
function begin(): void {
  tie(db, { run: 7, size: 10 });
  db.exec(`UPDATE meta SET value = 1 WHERE name = 'applied'`);
}

beforeEach(async () => {
  db = await openDatabase(await tempDir());
  begin();
});
afterEach(() => db.close());

const frame = (seq: number, more: Partial<JournalFrame> = {}): Buffer =>
  encodeFrame({ run: 7, seq, lastMid: 0, messages: [], statuses: [], ...more });
/** @returns how many groups are lost */
function recovered(...frames: Buffer[]): number {
  const pending = findPending(db, Buffer.concat(frames));
  recover(db, prepareStatements(db), pending);
  return pending.lost;
}
const deliveries = () =>
  db.prepare('SELECT mid, device, status FROM deliveries ORDER BY mid, device').raw().all() as number[][];
const texts = () => db.prepare('SELECT mid, CAST(json AS TEXT) FROM messages ORDER BY mid').raw().all();
const lastMid = () => readNumber(db, `SELECT value FROM meta WHERE name = 'last_mid'`);

describe('findPending', () => {
  const problem = (bytes?: Buffer) => findPending(db, bytes).problem;

  it('tells when a journal is not that of the last run, or not all of it', () => {
    expect(problem(frame(0))).to.equal(undefined);
    expect(problem()).to.equal('is missing');
    expect(problem(frame(0).subarray(0, 9))).to.equal('was cut short');
    expect(problem(frame(0, { run: 8 }))).to.equal('is not the one that the relay wrote last');
    expect(problem(Buffer.alloc(100))).to.equal('is not the one that the relay wrote last');
  });

  it('expects no frame of a run whose version wrote none at its start', () => {
    db.exec(`DELETE FROM meta WHERE name = 'journal_size'`);
    expect(problem(Buffer.alloc(100))).to.equal(undefined);
    expect(problem()).to.equal('is missing');
  });

  it('finds nothing after a run that ended well', () => {
    db.exec(UNTIE);
    for (const bytes of [undefined, frame(2)]) {
      expect(findPending(db, bytes)).to.deep.equal({ frames: [], lost: 0, problem: undefined });
    }
  });
});

describe('findPendingLive', () => {
  const whole = { frames: [], lost: 0, problem: undefined };
  const damaged = { ...whole, lost: 1 };
  const wrong = { ...whole, problem: 'is missing' };

  for (const [name, looks, expected] of [
    ['takes what is whole at once', [whole, damaged], whole],
    ['looks twice before it finds a damage', [damaged, whole], whole],
    ['looks twice before it finds a wrong journal', [wrong, whole], whole],
    ['finds a damage that stays', [damaged, damaged, whole], damaged],
  ] as const) {
    it(name, async () => {
      const left = [...looks];
      expect(await findPendingLive(async () => left.shift() ?? whole)).to.equal(expected);
    });
  }
});

describe('recover', () => {
  it('brings the target that a message is kept for', () => {
    recovered(
      frame(2, {
        lastMid: 6,
        messages: [
          [5, 'a', 5, 9, [1], 3],
          [6, 'b', 6, 9, [1]],
        ],
      }),
    );
    const targets = db.prepare('SELECT mid, target FROM messages ORDER BY mid').raw().all();
    expect(targets).to.deep.equal([
      [5, 3],
      [6, null],
    ]);
  });

  it('brings new messages and changed statuses into the tables, in the order of their groups', () => {
    const lost = recovered(
      frame(3, { statuses: [5, 1, WAIT, 5, 2, WAIT] }),
      frame(2, { lastMid: 9, messages: [[5, 'five', 1000, 500, [1, 2]]] }),
      frame(4, { statuses: [5, 2, READY] }),
    );
    expect(lost).to.equal(0);
    expect(texts()).to.deep.equal([[5, 'five']]);
    expect(deliveries()).to.deep.equal([
      [5, 1, WAIT],
      [5, 2, READY],
    ]);
    expect(lastMid()).to.equal(9);
    expect(runOf(db)).to.equal(0);
  });

  it('leaves out what the tables have, another run, and statuses of deliveries that are gone', () => {
    db.exec("UPDATE meta SET value = 9 WHERE name = 'last_mid'");
    const lost = recovered(
      frame(1, { messages: [[5, 'five', 1000, 500, [1]]] }),
      frame(2, { run: 8, messages: [[6, 'six', 1000, 500, [1]]] }),
      frame(2, { lastMid: 3, statuses: [5, 1, WAIT] }),
    );
    expect([lost, texts(), deliveries(), lastMid()]).to.deep.equal([0, [], [], 9]);
  });

  it('takes rows that are there already, as after a crash between the tables and their number', () => {
    const frames = [frame(2, { messages: [[5, 'five', 1000, 500, [1, 2]]] }), frame(3, { statuses: [5, 1, WAIT] })];
    recovered(...frames);
    begin();
    expect(recovered(...frames)).to.equal(0);
    expect([texts(), deliveries()]).to.deep.equal([
      [[5, 'five']],
      [
        [5, 1, WAIT],
        [5, 2, READY],
      ],
    ]);
  });

  it('changes nothing when it fails', () => {
    db.exec("CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(FAIL, 'full'); END");
    expect(() => recovered(frame(2, { messages: [[5, 'five', 1000, 500, [1]]] }))).to.throw('full');
    expect([texts(), runOf(db), db.inTransaction]).to.deep.equal([[], 7, false]);
  });

  it('tells how many groups are lost', () => {
    const damaged = frame(3);
    damaged.writeUInt8(1, damaged.length - 1);
    const bytes = Buffer.concat([frame(2), damaged, frame(4)]);
    expect(findPending(db, bytes)).to.include({ lost: 1 });
    expect(recovered(bytes)).to.equal(1);
  });
});
