import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { EmbeddedMessageLog } from '../../../server/backends/embedded/message-log.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { LOOK_BACK } from '../../../server/backends/embedded/statements.ts';
import { RelayError } from '../../../server/base/errors.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openLog } from '../embedded-harness.ts';
import { brief, message } from '../harness.ts';

let dir: string;
let db: Database;
let log: EmbeddedMessageLog;
/** What was executed besides prepared statements. */
let executed: string[];

async function open(): Promise<void> {
  db = await openDatabase(dir);
  const exec = db.exec.bind(db);
  executed = [];
  db.exec = (sql) => {
    executed.push(sql.split(' ')[0] ?? '');
    return exec(sql);
  };
  log = openLog(db);
}

beforeEach(async () => {
  dir = await tempDir();
  await open();
});
afterEach(() => log.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const cursor = () => readNumber(db, `SELECT settled_upto FROM devices WHERE name = 'phone'`);

describe('group commit', () => {
  it('makes one transaction of all changes of an event-loop turn', async () => {
    await Promise.all([
      ...range(100).map((mid) => log.append(message(mid), ['phone'])),
      ...range(100).map((mid) => log.record(String(mid), 'phone', 'ok')),
      log.queued(),
    ]);
    expect(executed).to.deep.equal(['BEGIN', 'COMMIT']);
  });

  it('keeps few callers waiting for no more than their own turn', async () => {
    for (const mid of range(3)) {
      executed = [];
      const appended = log.append(message(mid), ['phone']);
      await turn();
      expect(executed).to.deep.equal(['BEGIN', 'COMMIT']);
      await appended;
    }
  });

  it('gathers for one turn more after a group of many, until they are few again', async () => {
    await Promise.all(range(8).map((mid) => log.append(message(mid), ['phone'])));
    executed = [];
    const first = log.append(message(9), ['phone']);
    await turn();
    expect(executed).to.deep.equal([]);
    const order: number[] = [];
    await Promise.all([
      first.then(() => order.push(9)),
      log.append(message(10), ['phone']).then(() => order.push(10)),
      log.queued(),
    ]);
    expect([executed, order]).to.deep.equal([
      ['BEGIN', 'COMMIT'],
      [9, 10],
    ]);
    const last = log.append(message(11), ['phone']);
    await turn();
    expect(executed).to.deep.equal(['BEGIN', 'COMMIT', 'BEGIN', 'COMMIT']);
    await last;
  });

  it('commits a gathering group when it is closed', async () => {
    await Promise.all(range(8).map((mid) => log.append(message(mid), ['phone'])));
    const appended = log.append(message(9), ['phone']);
    await turn();
    log.close();
    await appended;
    await open();
    expect(log.lastMid()).to.equal('9');
  });

  it('makes none for reads and for records of nothing', async () => {
    await Promise.all([
      log.unsettled('phone', '0', { limit: 9 }),
      log.queued(),
      log.overdue(9, 9),
      log.record('x', 'y', 'ok'),
    ]);
    await Promise.all([
      log.recent('phone', '9', { limit: 9 }),
      log.find('1'),
      log.lastReceived(['phone']),
      log.markRead(['x']),
    ]);
    await Promise.all([log.areRead(['1']), log.reads(0, 9)]);
    expect(executed).to.deep.equal([]);
  });

  it('commits what is pending when it is closed', async () => {
    const appended = log.append(message(1), ['phone']);
    log.close();
    await appended;
    await open();
    expect(log.lastMid()).to.equal('1');
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 ready']);
  });
});

describe('a commit that fails', () => {
  /** No page more than the file has: what a full disk looks like. */
  const fillDisk = () => db.exec(`PRAGMA max_page_count = ${readNumber(db, 'PRAGMA page_count')}`);
  const emptyDisk = () => db.exec('PRAGMA max_page_count = 1000000');

  it('rejects all its changes, keeps none, and lets later ones through', async () => {
    await log.append(message(1), ['phone']);
    fillDisk();
    const results = await Promise.allSettled([
      log.append(message(2), ['tablet']),
      log.forget('phone'),
      log.append(message(3, 'x'.repeat(100_000)), ['phone']),
      log.record('1', 'phone', 'ok'),
    ]);
    for (const result of results) {
      const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
      expect(reason).to.be.instanceOf(RelayError).with.property('code', 'unavailable');
      expect(String(reason)).to.not.match(/SQL|disk|full/);
    }
    emptyDisk();
    expect(await log.queued()).to.deep.equal(new Map([['phone', 1]]));
    expect(log.lastMid()).to.equal('3');
    await log.append(message(4), ['tablet', 'phone']);
    expect(await log.record('1', 'phone', 'ok')).to.equal(true);
    log.close();
    await open();
    expect(log.lastMid()).to.equal('4');
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 ok', '4 ready']);
    expect(brief((await log.history('tablet', '0', { limit: 9 })).entries)).to.deep.equal(['4 ready']);
  });

  it('does not hold up reads and the close', async () => {
    fillDisk();
    const appended = log.append(message(1, 'x'.repeat(100_000)), ['phone']);
    const [, queued] = await Promise.all([rejection(appended), log.queued()]);
    expect(queued).to.deep.equal(new Map());
    const last = log.append(message(2, 'x'.repeat(100_000)), ['phone']);
    log.close();
    expect(await rejection(last)).to.have.property('code', 'unavailable');
  });
});

describe('the cursor of a device', () => {
  it('follows the settled deliveries now and then, and on close', async () => {
    await Promise.all(range(300).map((mid) => log.append(message(mid), ['phone'])));
    await Promise.all(range(127).map((mid) => log.record(String(mid), 'phone', 'ok')));
    expect(cursor()).to.equal(0);
    await log.record('128', 'phone', 'failed');
    expect(cursor()).to.equal(128);
    await log.record('129', 'phone', 'ok');
    await log.record('131', 'phone', 'ok');
    log.close();
    await open();
    expect(cursor()).to.equal(129);
    expect(brief((await log.unsettled('phone', '0', { limit: 2 })).deliveries)).to.deep.equal([
      '130 ready',
      '132 ready',
    ]);
  });

  it('reaches the last delivery when nothing is unsettled', async () => {
    await Promise.all(range(128).map((mid) => log.append(message(mid), ['phone'])));
    await log.append(message(500), ['tablet']);
    await Promise.all(range(128).map((mid) => log.record(String(mid), 'phone', 'ok')));
    expect(cursor()).to.equal(128);
  });
});

describe('the cursors of a large group', () => {
  it('move a few per commit, so that none takes long', async () => {
    const group = range(20).map((index) => `device ${index}`);
    await Promise.all(range(128).map((mid) => log.append(message(mid), group)));
    const moved = () => readNumber(db, 'SELECT count(*) FROM devices WHERE settled_upto = 128');
    await Promise.all(range(128).flatMap((mid) => group.map((device) => log.record(String(mid), device, 'ok'))));
    expect(moved()).to.equal(8);
    await log.append(message(129), []);
    expect(moved()).to.equal(16);
    log.close();
    await open();
    expect(moved()).to.equal(20);
  });
});

describe('log.expire and log.forget', () => {
  it('delete at most 200 rows per transaction', async () => {
    const group = range(300).map((index) => `device ${index}`);
    await Promise.all(range(3).map((mid) => log.append(message(mid), group)));
    await Promise.all(range(500).map((mid) => log.append(message(mid + 10), ['phone'])));
    const count = () => readNumber(db, 'SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM deliveries)');
    let rows = count();
    const most = { rows: 0 };
    const exec = db.exec;
    db.exec = (sql) => {
      const result = exec(sql);
      if (sql === 'COMMIT') {
        most.rows = Math.max(most.rows, rows - count());
        rows = count();
      }
      return result;
    };
    await log.forget('phone');
    expect(rows).to.equal(3 + 900);
    expect(await log.expire(4)).to.equal(3);
    expect(rows).to.equal(0);
    expect(most.rows).to.equal(200);
  });

  it('go on with a removal that a crash cut short', async () => {
    await Promise.all(range(5).map((mid) => log.append(message(mid), ['phone'])));
    db.exec('UPDATE devices SET name = NULL');
    log.close();
    await open();
    for (let steps = 0; readNumber(db, 'SELECT count(*) FROM devices') > 0; steps++) {
      expect(steps).to.be.below(10);
      await turn();
    }
    expect(readNumber(db, 'SELECT count(*) FROM messages')).to.equal(0);
  });
});

describe('log.lastReceived', () => {
  it('looks back over a bounded number of deliveries', async () => {
    await log.append(message(1), ['phone']);
    await log.record('1', 'phone', 'ok');
    const fill = (from: number, count: number) =>
      db.exec(`WITH RECURSIVE n(mid) AS (SELECT ${from} UNION ALL SELECT mid + 1 FROM n LIMIT ${count})
        INSERT INTO deliveries SELECT mid, 1, 1 FROM n`);
    fill(2, LOOK_BACK - 1);
    expect((await log.lastReceived(['phone'])).get('phone')?.mid).to.equal('1');
    fill(LOOK_BACK + 1, 1);
    expect(await log.lastReceived(['phone'])).to.deep.equal(new Map());
  });
});

describe('log.markRead', () => {
  it('keeps no mark of a commit that failed', async () => {
    await Promise.all(range(3).map((mid) => log.append(message(mid), ['phone'])));
    await log.markRead(['1']);
    db.exec(`PRAGMA max_page_count = ${readNumber(db, 'PRAGMA page_count')}`);
    const [marked] = await Promise.allSettled([
      log.markRead(['2']),
      log.append(message(4, 'x'.repeat(100_000)), ['phone']),
    ]);
    expect(marked).to.have.nested.property('reason.code', 'unavailable');
    db.exec('PRAGMA max_page_count = 1000000');
    expect(await log.areRead(['1', '2'])).to.deep.equal(new Set(['1']));
    expect(await log.markRead(['2', '3'])).to.deep.equal(['2', '3']);
    expect((await log.reads(0, 9)).mids).to.deep.equal(['1', '2', '3']);
  });
});

describe('log.close', () => {
  it('lets go of the file even when it cannot tidy up', async () => {
    await log.append(message(1), ['phone']);
    db.exec('BEGIN');
    log.close();
    expect(db.open).to.equal(false);
    await open();
    expect(log.lastMid()).to.equal('1');
  });

  it('leaves everything in one file', async () => {
    await log.append(message(1), ['phone']);
    log.close();
    log.close();
    expect((await stat(join(dir, 'messages.db-wal')).catch(() => ({ size: 0 }))).size).to.equal(0);
  });
});
