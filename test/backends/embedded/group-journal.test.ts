import { expect } from 'chai';
import { createGroupJournal, type GroupJournal } from '../../../server/backends/embedded/group-journal.ts';
import type { Journal } from '../../../server/backends/embedded/journal.ts';
import { pendingFrames } from '../../../server/backends/embedded/journal-frames.ts';
import { createPendingRows, type PendingRows } from '../../../server/backends/embedded/pending-rows.ts';
import type { QueuedChange } from '../../../server/backends/embedded/queued-change.ts';
import { openDatabase } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements } from '../../../server/backends/embedded/statements.ts';
import { createSpans } from '../../../server/backends/embedded/times.ts';
import { tempDir } from '../../support/temp-dir.ts';

const RUN = 7;

let db: Database;
let rows: PendingRows;
let journal: GroupJournal;
let lastMid: number;
let room: number;
let written: { bytes: Buffer; mayBlock: boolean }[];
let error: Error | null;

beforeEach(async () => {
  db = await openDatabase(await tempDir());
  const statements = prepareStatements(db);
  rows = createPendingRows(statements, createSpans(statements));
  [lastMid, room, written, error] = [5, 1000, [], null];
  const file: Journal = {
    run: RUN,
    size: 1,
    room: () => room,
    write(bytes, mayBlock, done) {
      written.push({ bytes, mayBlock });
      done(error);
    },
    turnOver: () => undefined,
    close: () => Promise.resolve(),
  };
  journal = createGroupJournal(rows, { file, lastMid: () => lastMid, flushTables: () => Promise.resolve() });
});
afterEach(() => db.close());

function change(make: () => void): QueuedChange {
  return { needsTables: () => false, make, listens: false, settle: () => undefined, reject: () => undefined };
}

function append(mid: number): QueuedChange {
  return change(() => {
    lastMid = mid;
    rows.append(mid, { text: 'x', createdAt: 1, lifetime: 2 }, [3]);
  });
}

function write(seq: number, ...group: QueuedChange[]): [start: string, ended: (Error | null)[]] {
  const ended: (Error | null)[] = [];
  journal.make(group, seq);
  return [journal.write(group, seq, (end) => ended.push(end)), ended];
}

describe('createGroupJournal', () => {
  it('writes the changes of a group as one frame', () => {
    const settled = change(() => void rows.change(6, 3, 9));
    expect(write(1, append(6), append(7), settled)).to.deep.equal(['writing', [null]]);
    expect(pendingFrames(Buffer.concat(written.map(({ bytes }) => bytes)), RUN, 0).frames).to.deep.equal([
      {
        run: RUN,
        seq: 1,
        lastMid: 7,
        messages: [
          [6, 'x', 1, 2, [3]],
          [7, 'x', 1, 2, [3]],
        ],
        statuses: [6, 3, 9],
      },
    ]);
  });

  it('lets only a small group block the event loop', () => {
    write(1, ...Array.from({ length: 7 }, (_, index) => append(6 + index)));
    write(2, ...Array.from({ length: 8 }, (_, index) => append(20 + index)));
    expect(written.map(({ mayBlock }) => mayBlock)).to.deep.equal([true, false]);
  });

  it('writes nothing when nothing changed', () => {
    const nothing = change(() => undefined);
    expect(write(1, nothing)).to.deep.equal(['unchanged', []]);
    expect(written).to.deep.equal([]);
  });

  it('writes a new last mid without rows, until that is on disk', () => {
    const used = change(() => {
      lastMid = 9;
    });
    error = new Error('no');
    expect(write(1, used)).to.deep.equal(['writing', [error]]);
    error = null;
    expect(write(2, used)).to.deep.equal(['writing', [null]]);
    expect(write(3, used)).to.deep.equal(['unchanged', []]);
  });

  it('writes nothing where the half has no room for it', () => {
    room = 20;
    expect(write(1, append(6))).to.deep.equal(['no room', []]);
    expect(written).to.deep.equal([]);
  });
});
