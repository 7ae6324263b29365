import {
  cp,
  mkdir,
  open as openFile,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type Database from 'libsql';
import type { Backend } from '../../../server/backends/backend.ts';
import { backupEmbedded, restoreEmbedded } from '../../../server/backends/embedded/backup.ts';
import { createDamage } from '../../../server/backends/embedded/damage.ts';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { examineEmbedded } from '../../../server/backends/embedded/doctor.ts';
import { openEmbedded } from '../../../server/backends/embedded/index.ts';
import {
  encodeFrame,
  JOURNAL_FILE,
  JOURNAL_HALF,
  type Journal,
  type JournalFrame,
  openJournal,
  pendingFrames,
} from '../../../server/backends/embedded/journal.ts';
import { createMessageLog, type EmbeddedMessageLog } from '../../../server/backends/embedded/message-log.ts';
import { findPending, runOf } from '../../../server/backends/embedded/recovery.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { brief, message } from '../harness.ts';
import { startWriter } from '../writer.ts';

const RUN = 7;
/** An hour: the tables get nothing because of the time. */
const NEVER = 3_600_000;
const frame = (seq: number, text = 'x'): JournalFrame => ({
  run: RUN,
  seq,
  lastMid: seq,
  messages: [[seq, text, seq, 1000, [1]]],
  statuses: [],
});
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const numbers = (bytes: Buffer, applied = 0) => {
  const { frames, lost } = pendingFrames(bytes, RUN, applied);
  return { frames: frames.map(({ seq }) => seq), lost };
};

/** Cuts a journal short in its last frame but one. */
async function cutShort(file: string): Promise<void> {
  const bytes = await readFile(file);
  await truncate(file, bytes.lastIndexOf('HrlJ', bytes.lastIndexOf('HrlJ') - 1) + 20);
}

function write(journal: Journal, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.write(bytes, false, (error) => (error === null ? resolve() : reject(error)));
  });
}

describe('pendingFrames', () => {
  const bytes = Buffer.concat(range(4).map((seq) => encodeFrame(frame(seq, `grüße ${seq} HrlJ`))));

  it('finds what the tables do not have, as it was written', () => {
    expect(pendingFrames(bytes, RUN, 2)).to.deep.equal({
      frames: [3, 4].map((seq) => frame(seq, `grüße ${seq} HrlJ`)),
      lost: 0,
      isOfRun: true,
    });
    expect(numbers(bytes, 4)).to.deep.equal({ frames: [], lost: 0 });
  });

  it('leaves out a last frame that is torn, at whatever byte', () => {
    const third = encodeFrame(frame(1, 'grüße 1 HrlJ')).length * 3;
    for (const length of [third + 1, third + 11, third + 12, bytes.length - 1]) {
      expect(numbers(bytes.subarray(0, length)), String(length)).to.deep.equal({ frames: [1, 2, 3], lost: 0 });
      const torn = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(bytes.length - length)]);
      expect(numbers(torn), String(length)).to.deep.equal({ frames: [1, 2, 3], lost: 0 });
    }
  });

  it('takes no beginning of a frame with nothing behind it for one', () => {
    const torn = Buffer.concat([bytes, Buffer.from('HrlJ'), Buffer.alloc(100)]);
    expect(numbers(torn)).to.deep.equal({ frames: [1, 2, 3, 4], lost: 0 });
  });

  it('reads on after damage, and tells how much is lost', () => {
    for (const position of [0, 5, 9, 30]) {
      const damaged = Buffer.from(bytes);
      const start = bytes.length / 4 + position;
      damaged[start] = (damaged[start] ?? 0) ^ 64;
      expect(numbers(damaged), String(position)).to.deep.equal({ frames: [1, 3, 4], lost: 1 });
    }
  });

  it('reads a half full of wrong lengths at once', () => {
    const half = Buffer.alloc(JOURNAL_HALF);
    for (let position = 0; position < half.length - 12; position += 12) {
      half.write('HrlJ', position);
      half.writeUInt32LE(half.length - position - 12, position + 4);
    }
    expect(numbers(half)).to.deep.equal({ frames: [], lost: 0 });
  });

  it('leaves out what another run wrote', () => {
    expect(pendingFrames(bytes, RUN + 1, 0)).to.deep.equal({ frames: [], lost: 0, isOfRun: false });
  });
});

describe('openJournal', () => {
  it('has a frame of its run from the start', async () => {
    const dir = await tempDir();
    const read = async (run: number) => pendingFrames(await readFile(join(dir, JOURNAL_FILE)), run, 0);
    const first = await openJournal(dir);
    expect(await read(first.run)).to.deep.equal({ frames: [], lost: 0, isOfRun: true });
    await first.close();
    const second = await openJournal(dir);
    await second.close();
    expect([(await read(first.run)).isOfRun, (await read(second.run)).isOfRun]).to.deep.equal([false, true]);
  });

  it('writes over the older half, and finds what is newer', async () => {
    const dir = await tempDir();
    const journal = await openJournal(dir);
    const large = 'x'.repeat(1000);
    await write(journal, encodeFrame(frame(1, large)));
    await write(journal, encodeFrame(frame(2)));
    expect(journal.room()).to.be.below(JOURNAL_HALF);
    journal.turnOver();
    expect(journal.room()).to.equal(JOURNAL_HALF);
    await write(journal, encodeFrame(frame(3)));
    journal.turnOver();
    await write(journal, encodeFrame(frame(4)));
    const file = join(dir, JOURNAL_FILE);
    expect(numbers(await readFile(file), 2)).to.deep.equal({ frames: [3, 4], lost: 0 });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    await journal.close();
    await journal.close();
  });

  it('has its full size from the start, and keeps what it holds', async () => {
    const dir = await tempDir();
    const file = join(dir, JOURNAL_FILE);
    await writeFile(file, Buffer.concat([Buffer.alloc(100), encodeFrame(frame(1))]));
    const journal = await openJournal(dir);
    expect(journal.size).to.equal(2 * JOURNAL_HALF);
    expect((await stat(file)).size).to.equal(2 * JOURNAL_HALF);
    expect(numbers(await readFile(file))).to.deep.equal({ frames: [1], lost: 0 });
    await journal.close();
  });

  it('writes small groups in the event loop while the disk is fast, and all others on another thread', async () => {
    const dir = await tempDir();
    let now = 0;
    let duration = 0.1;
    const journal = await openJournal(dir, () => {
      now += duration;
      return now;
    });
    let seq = 0;
    async function isAtOnce(mayBlock = true): Promise<boolean> {
      seq += 1;
      let done = false;
      const writing = new Promise<void>((resolve, reject) => {
        journal.write(encodeFrame(frame(seq)), mayBlock, (error) => {
          done = true;
          if (error === null) resolve();
          else reject(error);
        });
      });
      const atOnce = done;
      await writing;
      return atOnce;
    }
    async function count(): Promise<number> {
      for (let found = 0; ; found += 1) if (await isAtOnce()) return found;
    }

    expect(await count()).to.be.within(10, 32);
    expect(await isAtOnce(false)).to.equal(false);
    expect(await isAtOnce()).to.equal(true);
    for (let more = 0; more < 100; more += 1) await isAtOnce();
    // One slow write does not make a slow disk.
    duration = 1000;
    expect(await isAtOnce()).to.equal(true);
    duration = 0.1;
    expect(await isAtOnce()).to.equal(true);
    duration = 8;
    for (let more = 0; more < 3; more += 1) expect(await isAtOnce()).to.equal(true);
    for (let more = 0; more < 3; more += 1) expect(await isAtOnce()).to.equal(false);
    duration = 0.1;
    expect(await count()).to.be.within(2, 64);
    await journal.close();
    expect(numbers(await readFile(join(dir, JOURNAL_FILE)))).to.deep.equal({ frames: range(seq), lost: 0 });
  });

  it('is closed after the write that is under way', async () => {
    const journal = await openJournal(await tempDir());
    const order: string[] = [];
    const writing = write(journal, encodeFrame(frame(1))).then(() => order.push('written'));
    await journal.close().then(() => order.push('closed'));
    await writing;
    expect(order).to.deep.equal(['written', 'closed']);
  });
});

describe('a message log with a journal', () => {
  let log: EmbeddedMessageLog;
  let lines: LogLine[];
  /** Frames on their way to the disk. */
  let under: { bytes: Buffer; done: (error: Error | null) => void }[];
  let written: Buffer[];
  let fails: boolean;
  let holds: boolean;
  let tables: () => number;
  let db: Database.Database;
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
    await log.record('1', 'phone', 'wait');
    fails = true;
    const results = await Promise.allSettled([
      log.append(message(2), ['phone']),
      log.record('2', 'phone', 'ok'),
      log.record('1', 'phone', 'ok'),
      log.record('1', 'tablet', 'ok'),
    ]);
    for (const result of results) expect(result).to.have.nested.property('reason.code', 'unavailable');
    expect(lines.map(({ level }) => level)).to.deep.equal(['error']);
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 wait']);
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
    expect(await log.record('2', 'phone', 'wait'), 'is final').to.equal(false);
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
});

describe('a relay that was killed with changes in its journal', () => {
  let base: string;
  let dir: string;
  let backend: Backend;
  const lines: LogLine[] = [];
  const open = (path: string, acceptLoss = false) => {
    const recording = recordingLogger();
    lines.length = 0;
    return openEmbedded({ dir: path, logger: recording.logger, acceptLoss, applyAfter: NEVER }).finally(() => {
      lines.push(...recording.lines.filter(({ level }) => level === 'error'));
    });
  };

  /** What a kill at this moment leaves. */
  async function killed(): Promise<string> {
    const copy = join(base, `killed ${Math.random()}`);
    await cp(dir, copy, { recursive: true });
    return copy;
  }
  async function phone(path: string, acceptLoss = false): Promise<string[]> {
    const opened = await open(path, acceptLoss);
    try {
      return brief((await opened.log.history('phone', '0', { limit: 99 })).entries);
    } finally {
      await opened.close();
    }
  }

  beforeEach(async () => {
    base = await tempDir();
    dir = join(base, 'data');
    backend = await open(dir);
    await backend.secrets.get('token', () => 'kept');
    await backend.log.append(message(1), ['phone']);
    for (const mid of [2, 3, 4]) await backend.log.append(message(mid), ['phone']);
    await backend.log.record('2', 'phone', 'ok');
  });
  afterEach(() => backend.close());

  const ALL = ['1 ready', '2 ok', '3 ready', '4 ready'];

  it('has them after the next start, and after one that is killed again', async () => {
    const copy = await killed();
    const again = await open(copy);
    expect(again.log.lastMid()).to.equal('4');
    const twice = join(base, 'twice');
    await cp(copy, twice, { recursive: true });
    await again.close();
    expect(await phone(twice)).to.deep.equal(ALL);
    expect(await phone(copy)).to.deep.equal(ALL);
    expect(lines).to.deep.equal([]);
  });

  it('does without a last group that is torn', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const bytes = await readFile(file);
    // Behind the last frame, the file has zeros up to its full size.
    await writeFile(file, bytes.fill(0, bytes.lastIndexOf(']') - 2));
    expect(await phone(copy)).to.deep.equal(['1 ready', '2 ready', '3 ready', '4 ready']);
    expect(lines).to.deep.equal([]);
  });

  it('is whole for a backup and a check that read a group before it was written to its end', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const whole = await readFile(file);
    const half = Buffer.from(whole);
    const start = whole.indexOf('hello');
    half.fill(0, start, start + 20);
    /** Reads it half written at first. */
    function readTwice() {
      const reads = [half, whole];
      return async () => reads.shift();
    }
    expect((await examineEmbedded(copy, readTwice())).filter(({ ok }) => !ok)).to.deep.equal([]);
    const backup = join(base, 'backup.db');
    await backupEmbedded(copy, backup, readTwice());
    const restored = join(base, 'restored');
    await restoreEmbedded(backup, restored);
    expect(await phone(restored)).to.deep.equal(ALL);
  });

  it('keeps what can be read around damage, and says that something is lost', async () => {
    const copy = await killed();
    const file = await openFile(join(copy, JOURNAL_FILE), 'r+');
    const bytes = await file.readFile();
    await file.write('#', bytes.indexOf('hello'));
    await file.close();
    const [found] = (await examineEmbedded(copy)).filter(({ ok }) => !ok);
    expect(found?.text).to.equal('is damaged: 1 of 4 groups of changes cannot be read');
    const refused = await rejection(backupEmbedded(copy, join(base, 'backup.db')));
    expect(refused)
      .to.be.instanceOf(DataError)
      .with.property('message')
      .that.matches(/messages\.journal .*damaged/);
    expect(await phone(copy)).to.deep.equal(['1 ready', '3 ready', '4 ready']);
    expect(lines.map(({ facts }) => facts)).to.deep.equal([{ lost: 1 }]);
  });

  for (const [kind, replace] of [
    ['a directory', (file: string) => mkdir(file)],
    ['larger than a journal can be', (file: string) => writeFile(file, '').then(() => truncate(file, 2 ** 40))],
    ['endless', (file: string) => symlink('/dev/zero', file)],
  ] as const) {
    it(`is not started with a journal that is ${kind}`, async () => {
      const copy = await killed();
      const file = join(copy, JOURNAL_FILE);
      await rm(file);
      await replace(file);
      const text = `${file} is not the journal of a relay; put the right file back, or move this one away`;
      expect(await rejection(open(copy)))
        .to.be.instanceOf(DataError)
        .with.property('message', text);
      expect((await examineEmbedded(copy)).filter(({ ok }) => !ok)).to.deep.equal([{ file, ok: false, text }]);
    });
  }

  /** Puts the journal of another directory in the place of `file`. */
  async function putForeign(file: string): Promise<void> {
    const other = join(base, 'other');
    const another = await open(other);
    await another.log.append(message(1), ['tablet']);
    await another.log.append(message(9), ['tablet']);
    await cp(join(other, JOURNAL_FILE), file);
    await another.close();
  }

  /** Starts the relay of `file` once more, kills it, and puts the journal of the run before back. */
  async function putOlder(file: string): Promise<void> {
    const older = await readFile(file);
    const again = await open(dirname(file));
    await again.log.append(message(9), ['phone']);
    const copy = join(base, 'again');
    await cp(dirname(file), copy, { recursive: true });
    await again.close();
    await rm(dirname(file), { recursive: true });
    await rename(copy, dirname(file));
    await writeFile(file, older);
  }

  const WRONG = 'is not the one that the relay wrote last';
  for (const [kind, replace, problem, left] of [
    ['deleted', (file: string) => rm(file), 'is missing', ['1 ready']],
    ['emptied', (file: string) => truncate(file), 'was cut short', ['1 ready']],
    ['cut short', cutShort, 'was cut short', ['1 ready', '2 ready', '3 ready']],
    ['filled with zeros', (file: string) => writeFile(file, Buffer.alloc(2 * JOURNAL_HALF)), WRONG, ['1 ready']],
    ['that of another directory', putForeign, WRONG, ['1 ready']],
    ['that of an older run', putOlder, WRONG, ALL],
  ] as const) {
    it(`is not started with a journal that is ${kind}, unless the loss is accepted`, async () => {
      const copy = await killed();
      const file = join(copy, JOURNAL_FILE);
      await replace(file);
      const error = await rejection(open(copy));
      expect(error).to.be.instanceOf(DataError);
      expect(error.message).to.equal(
        `${file} ${problem}; put the right file back, or restore a backup into an empty directory with herald restore, ` +
          'or start once with --accept-loss to lose what was accepted in the last moments before the relay ended',
      );
      expect((await examineEmbedded(copy)).filter(({ ok }) => !ok)).to.deep.equal([
        { file, ok: false, text: `${problem}: what was accepted before the relay ended may be lost` },
      ]);
      const refused = await rejection(backupEmbedded(copy, join(base, 'backup.db')));
      expect(refused.message).to.match(new RegExp(`messages\\.journal in .+ ${problem}, `));
      expect(await phone(copy, true)).to.deep.equal(left);
      expect(await phone(copy)).to.deep.equal(left);
    });
  }

  it('has everything if its version wrote no first frame, also before the first change', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const db = await openDatabase(copy);
    db.exec(`DELETE FROM meta WHERE name = 'journal_size'`);
    db.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(bytes.indexOf('HrlJ', 1)));
    const unchanged = join(base, 'unchanged');
    await cp(copy, unchanged, { recursive: true });
    await writeFile(join(unchanged, JOURNAL_FILE), Buffer.alloc(2 * JOURNAL_HALF));
    expect(await phone(copy)).to.deep.equal(ALL);
    expect(await phone(unchanged)).to.deep.equal(['1 ready']);
    expect(lines).to.deep.equal([]);
  });

  it('has everything after the journal turned over several times', async () => {
    const text = 'x'.repeat(300_000);
    const mids = range(60).map((index) => index + 10);
    await Promise.all(mids.map((mid) => backend.log.append(message(mid, text), ['phone'])));
    for (const mid of mids) await backend.log.append(message(mid + 100, text), ['phone']);
    const copy = await killed();
    expect((await stat(join(copy, JOURNAL_FILE))).size).to.be.at.most(2 * JOURNAL_HALF);
    const expected = [...mids, ...mids.map((mid) => mid + 100)].map((mid) => `${mid} ready`);
    const opened = await openEmbedded({ dir: copy, logger: silentLogger });
    expect(brief((await opened.log.history('phone', '9', { limit: 999 })).entries)).to.deep.equal(expected);
    await opened.close();
  });
});

describe('a relay that is killed while its journal is written, applied and turned over', () => {
  const MODULE = new URL('../embedded-harness.ts', import.meta.url);

  it('has everything that was promised', async () => {
    const place = await tempDir();
    for (const lines of [100, 700, 1500]) {
      const writer = startWriter(MODULE, place, 'large');
      await writer.told(lines);
      const told = await writer.kill();
      const backend = await openEmbedded({ dir: join(place, 'data'), logger: silentLogger });
      const { entries } = await backend.log.history('phone', '0', { limit: 1e6 });
      await backend.close();
      const kept = new Map(entries.map(({ mid, status }) => [mid, status]));
      for (const line of told) {
        const [what, mid = ''] = line.split(' ');
        if (what === 'append') expect(kept.has(mid), line).to.equal(true);
        if (what === 'record') expect(kept.get(mid), line).to.equal('ok');
      }
    }
  });
});
