import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { createDamage } from '../../../server/backends/embedded/damage.ts';
import type { Journal } from '../../../server/backends/embedded/journal.ts';
import { JOURNAL_HALF, pendingFrames } from '../../../server/backends/embedded/journal-frames.ts';
import { createMessageLog, type EmbeddedMessageLog } from '../../../server/backends/embedded/message-log.ts';
import { findPending, recover, runOf } from '../../../server/backends/embedded/recovery.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { prepareStatements } from '../../../server/backends/embedded/statements.ts';
import { plainContent } from '../../../shared/content.ts';
import type { Message } from '../../../shared/message.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { brief, message } from '../harness.ts';
import { RUN, range } from './frames.ts';

describe('a message log with a journal', () => {
  let log: EmbeddedMessageLog;
  let lines: LogLine[];
  /** Frames on their way to the disk. */
  let under: { bytes: Buffer; done: (error: Error | null) => void }[];
  let written: Buffer[];
  let fails: boolean;
  let holds: boolean;
  let tables: () => number;
  let db: Database;
  let room: number;
  /** What the tables had whenever the journal turned over. */
  let turned: number[];
  /** Ends each flush of the tables. */
  let flushes: (() => void)[];
  const applied = () => readNumber(db, `SELECT value FROM meta WHERE name = 'applied'`);
  const fail = (table: string) =>
    db.exec(`CREATE TEMP TRIGGER fails BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'no'); END`);
  async function turns(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) await turn();
  }

  let dir: string;

  beforeEach(async () => {
    dir = await tempDir();
    db = await openDatabase(dir);
    [room, turned, flushes] = [JOURNAL_HALF, [], []];
    tables = () => readNumber(db, 'SELECT count(*) FROM deliveries');
    [under, written, fails, holds] = [[], [], false, false];
    const journal: Journal = {
      run: RUN,
      size: 1,
      room: () => room,
      write(bytes, _mayBlock, done) {
        written.push(bytes);
        if (holds) under.push({ bytes, done });
        else setImmediate(() => done(fails ? Object.assign(new Error('no'), { code: 'EIO' }) : null));
      },
      turnOver: () => void turned.push(applied()),
      close: () => Promise.resolve(),
    };
    const flushTables = () => new Promise<void>((resolve) => flushes.push(resolve));
    const recording = recordingLogger();
    lines = recording.lines;
    const logger = recording.logger;
    log = createMessageLog(db, { logger, idOf: (mid) => mid, damage: createDamage(logger), journal, flushTables });
    // A new device needs a transaction.
    await log.append(message(1), ['phone', 'tablet']);
  });
  afterEach(() => log.close());

  it('writes one frame for the changes of a turn, and the tables later', async () => {
    await Promise.all([
      log.append(message(2), ['phone']),
      log.append(message(3), ['phone', 'tablet']),
      log.record('2', 'phone', 'ok'),
      log.record('1', 'tablet', 'ok'),
    ]);
    expect([written.length, tables()]).to.deep.equal([1, 2]);
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal([
      '1 ready',
      '2 ok',
      '3 ready',
    ]);
    expect(brief((await log.history('tablet', '0', { limit: 9 })).entries)).to.deep.equal(['1 ok', '3 ready']);
    expect([written.length, tables()]).to.deep.equal([1, 5]);
  });

  it('writes nothing for changes of nothing', async () => {
    await log.record('1', 'phone', 'ok');
    written = [];
    expect(await Promise.all([log.record('1', 'phone', 'failed'), log.record('9', 'phone', 'ok')])).to.deep.equal([
      false,
      false,
    ]);
    expect(written).to.deep.equal([]);
  });

  it('lets the event loop go on while the disk is slow, and gathers meanwhile', async () => {
    holds = true;
    const order: string[] = [];
    const first = log.append(message(2), ['phone']).then(() => order.push('first'));
    while (under.length === 0) await turn();
    const second = [3, 4].map((mid) => log.append(message(mid), ['phone']).then(() => order.push(String(mid))));
    const read = log.history('phone', '0', { limit: 9 }).then(({ entries }) => order.push(`${entries.length} read`));
    await turns(10);
    expect([order, written.length]).to.deep.equal([[], 1]);
    holds = false;
    under[0]?.done(null);
    await Promise.all([first, ...second, read]);
    expect([order, written.length]).to.deep.equal([['first', '3', '4', '4 read'], 2]);
  });

  it('keeps nothing of a group that cannot be written, and takes the next one without the journal', async () => {
    await log.record('1', 'phone', 'held');
    fails = true;
    const results = await Promise.allSettled([
      log.append(message(2), ['phone']),
      log.record('2', 'phone', 'ok'),
      log.record('1', 'phone', 'ok'),
      log.record('1', 'tablet', 'ok'),
    ]);
    for (const result of results) expect(result).to.have.nested.property('reason.code', 'unavailable');
    expect(lines.map(({ level }) => level)).to.deep.equal(['error']);
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 held']);
    expect(brief((await log.history('tablet', '0', { limit: 9 })).entries)).to.deep.equal(['1 ready']);
    written = [];
    await log.append(message(3), ['phone']);
    expect([written.length, tables()]).to.deep.equal([0, 3]);
    fails = false;
    expect(await log.record('3', 'phone', 'ok')).to.equal(true);
    expect(written).to.have.length(1);
  });

  it('has everything in the tables when it is closed, also what is on its way', async () => {
    holds = true;
    const appended = log.append(message(2), ['phone']);
    while (under.length === 0) await turn();
    const recorded = log.record('2', 'phone', 'ok');
    log.close();
    await appended;
    expect(await recorded).to.equal(true);
    under[0]?.done(null);
    const reopened = await openDatabase(dir);
    expect([runOf(reopened), readNumber(reopened, 'SELECT count(*) FROM messages')]).to.deep.equal([0, 2]);
    reopened.close();
  });

  it('reads what was called for before, also where the journal has no room for it', async () => {
    room = 2 ** 20;
    const appended = log.append(message(2, 'x'.repeat(room)), ['phone']);
    const { entries } = await log.history('phone', '0', { limit: 9 });
    expect(brief(entries)).to.deep.equal(['1 ready', '2 ready']);
    await appended;
  });

  it('reads what was called for before, also where that waits for the other half', async () => {
    room = 5000;
    await log.append(message(2), ['phone']);
    const appended = log.append(message(3), ['phone']);
    const read = log.history('phone', '0', { limit: 9 });
    await turns(10);
    expect(turned).to.have.length(1);
    flushes[0]?.();
    expect(brief((await read).entries)).to.deep.equal(['1 ready', '2 ready', '3 ready']);
    await appended;
  });

  it('uses a half again only when the tables passed its groups, also those without rows', async () => {
    await log.append(message(2), []);
    room = 5000;
    await log.append(message(3), []);
    expect(turned).to.deep.equal([1]);
    const last = log.append(message(4), []);
    await turns(10);
    expect([turned.length, applied()]).to.deep.equal([1, 3]);
    flushes[0]?.();
    await last;
    expect(turned).to.deep.equal([1, 3]);
  });

  /** Appends so many messages that their rows need several turns. */
  async function appendMany(): Promise<void> {
    await Promise.all(range(2000).map((mid) => log.append(message(mid + 1), ['phone', 'tablet'])));
  }

  it('goes on while rows are on their way to the tables', async () => {
    await appendMany();
    const order: string[] = [];
    const read = log.history('phone', '2000', { limit: 9 }).then(() => order.push('read'));
    while (!db.inTransaction) await turn();
    expect(await log.record('2', 'phone', 'ok')).to.equal(true);
    expect(await log.record('2', 'phone', 'held'), 'is final').to.equal(false);
    await log.append(message(3000), ['phone']).then(() => order.push('appended'));
    expect(db.inTransaction).to.equal(true);
    await read;
    expect([order, tables()]).to.deep.equal([['appended', 'read'], 4002]);
    expect(brief((await log.history('phone', '1', { limit: 1 })).entries)).to.deep.equal(['2 ok']);
    expect(brief((await log.history('phone', '2000', { limit: 9 })).entries)).to.deep.equal([
      '2001 ready',
      '3000 ready',
    ]);
  });

  it('keeps what changed while rows were on their way that could not be written', async () => {
    await appendMany();
    db.exec(`CREATE TEMP TRIGGER fails BEFORE INSERT ON messages WHEN NEW.mid = 2000
      BEGIN SELECT raise(ABORT, 'no'); END`);
    const read = rejection(log.history('phone', '2000', { limit: 9 }));
    while (!db.inTransaction) await turn();
    await Promise.all([log.record('2', 'phone', 'ok'), log.append(message(3000), ['phone'])]);
    expect(await read).to.have.property('code', 'unavailable');
    expect([tables(), db.inTransaction, lines.length]).to.deep.equal([2, false, 1]);
    db.exec('DROP TRIGGER fails');
    expect(brief((await log.history('phone', '1', { limit: 1 })).entries)).to.deep.equal(['2 ok']);
    expect(brief((await log.history('phone', '2000', { limit: 9 })).entries)).to.deep.equal([
      '2001 ready',
      '3000 ready',
    ]);
    expect(tables()).to.equal(4003);
  });

  it('waits for the flush of the newest half, not for one before', async () => {
    const append = (mid: number, device = 'phone') => log.append(message(mid), [device]);
    room = 5000;
    await append(2);
    room = JOURNAL_HALF;
    await append(3, 'laptop');
    room = 5000;
    await append(4);
    flushes[0]?.();
    const last = append(5);
    await turns(10);
    expect(turned).to.have.length(2);
    flushes.at(-1)?.();
    await last;
    expect(turned).to.have.length(3);
  });

  it('leaves no gap in the journal after a transaction that failed', async () => {
    fail('devices');
    expect(await rejection(log.append(message(2), ['laptop']))).to.have.property('code', 'unavailable');
    db.exec('DROP TRIGGER fails');
    await log.append(message(3), ['phone']);
    await log.append(message(4), ['phone']);
    const { frames, lost } = pendingFrames(Buffer.concat(written), runOf(db), applied());
    expect([frames.length, lost]).to.deep.equal([1, 0]);
  });

  it('tries tables that fail again with the next change, not in every turn', async () => {
    await log.append(message(2), ['phone']);
    fail('deliveries');
    room = 5000;
    await log.append(message(3), ['phone']);
    await turns(10);
    expect(lines).to.have.length(1);
    expect(await rejection(log.append(message(4), ['phone']))).to.have.property('code', 'unavailable');
    await turns(10);
    expect(lines).to.have.length(2);
    expect(await rejection(log.history('phone', '0', { limit: 9 }))).to.have.property('code', 'unavailable');
    await turns(10);
    expect(lines).to.have.length(3);
    db.exec('DROP TRIGGER fails');
    const appended = log.append(message(5), ['phone']);
    await turns(10);
    flushes[0]?.();
    await appended;
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal([
      '1 ready',
      '2 ready',
      '3 ready',
      '5 ready',
    ]);
  });

  it('still needs its journal when the tables fail while it is closed', async () => {
    await log.append(message(2), ['phone']);
    fail('deliveries');
    const last = log.append(message(3), ['phone']);
    log.close();
    expect(await rejection(last)).to.have.property('code', 'unavailable');
    const reopened = await openDatabase(dir);
    const { frames, lost } = findPending(reopened, Buffer.concat(written));
    reopened.close();
    expect([frames.map(({ lastMid }) => lastMid), lost]).to.deep.equal([[2], 0]);
  });

  it('writes messages of a feed that exists to the journal, and has them after a crash', async () => {
    const draft = { sendType: 'personal', target: 'news', from: { method: 'http', name: '' }, feed: true } as const;
    const accept = async (text: string) =>
      (await log.accept({ ...draft, content: plainContent(text) }, [], 0)) as { readonly message: Message };
    // A new feed needs a transaction.
    const mids = [(await accept('one')).message.mid];
    expect(written).to.have.length(0);
    for (const text of ['two', 'three']) mids.push((await accept(text)).message.mid);
    expect(written).to.have.length(2);
    expect(readNumber(db, 'SELECT count(*) FROM messages')).to.equal(2);
    // The tables as they are now, and what the journal has.
    const copy = join(await tempDir(), 'messages.db');
    db.exec(`VACUUM INTO '${copy}'`);
    const crashed = await openDatabase(dirname(copy));
    recover(crashed, prepareStatements(crashed), findPending(crashed, Buffer.concat(written)));
    const logger = recordingLogger().logger;
    const reopened = createMessageLog(crashed, { logger, idOf: (mid) => mid, damage: createDamage(logger) });
    const found = (await reopened.ofTargets(['news'], '0', { limit: 9 })).entries.map(({ mid }) => mid);
    reopened.close();
    expect(found).to.deep.equal(mids);
    expect((await log.ofTargets(['news'], '0', { limit: 9 })).entries.map(({ mid }) => mid)).to.deep.equal(mids);
  });
});
