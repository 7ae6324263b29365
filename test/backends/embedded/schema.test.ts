import { copyFile, open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { backupEmbedded, restoreEmbedded } from '../../../server/backends/embedded/backup.ts';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import {
  APPLICATION_ID,
  MIGRATIONS,
  migrate,
  openDatabase,
  readNumber,
} from '../../../server/backends/embedded/schema.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openLog } from '../embedded-harness.ts';
import { brief, message, wire } from '../harness.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await tempDir();
  file = join(dir, 'messages.db');
});

/** A closed log with `count` messages. */
async function fill(count: number): Promise<void> {
  const log = openLog(await openDatabase(dir));
  await Promise.all(Array.from({ length: count }, (_, index) => log.append(message(index + 1), ['phone'])));
  log.close();
}

/** Opening must fail with one line that names the file, and leave the file as it is. */
async function refused(expected: RegExp): Promise<void> {
  const before = await readFile(file);
  const error = await rejection(openDatabase(dir));
  expect(error).to.be.instanceOf(DataError);
  expect(error.message).to.match(expected).and.to.contain(file).and.to.not.contain('\n');
  expect((await readFile(file)).equals(before)).to.equal(true);
}

describe('openDatabase', () => {
  it('makes a log with a flush per commit', async () => {
    const db = await openDatabase(dir);
    expect(readNumber(db, 'PRAGMA user_version')).to.equal(MIGRATIONS.length);
    expect(readNumber(db, 'PRAGMA synchronous')).to.equal(2);
    expect(db.prepare('PRAGMA journal_mode').raw().all()).to.deep.equal([['wal']]);
    db.close();
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it('goes on where making one was cut short', async () => {
    await writeFile(`${file}.new`, 'half');
    (await openDatabase(dir)).close();
  });

  it('refuses a damaged file and never makes a new one in its place', async () => {
    await fill(500);
    const good = await readFile(file);
    for (const length of [0, 1, 15, 100, 4095, 4096, 8192, good.length - 4096, good.length - 1]) {
      await writeFile(file, good);
      await truncate(file, length);
      await refused(/is damaged: it is empty|is not a Herald database|cannot be opened: /);
    }
    await writeFile(file, good);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, 0);
    await handle.close();
    await refused(/cannot be opened: .*not a database/);
    await writeFile(file, Buffer.alloc(8192, '<html>'));
    await refused(/cannot be opened: /);
  });

  it('refuses when only the write-ahead log is left', async () => {
    await fill(1);
    await rename(file, `${file}-wal`);
    const error = await rejection(openDatabase(dir));
    expect(error).to.be.instanceOf(DataError);
    expect(error.message).to.contain(`${file} is missing, but messages.db-wal is not`);
  });

  it('takes in what a killed process left in the write-ahead log', async () => {
    const log = openLog(await openDatabase(dir));
    await log.append(message(7), ['phone']);
    const other = await tempDir();
    for (const end of ['', '-wal']) await copyFile(`${file}${end}`, join(other, `messages.db${end}`));
    log.close();
    const again = openLog(await openDatabase(other));
    expect(again.lastMid()).to.equal('7');
    expect((await again.history('phone', '0', { limit: 9 })).entries).to.have.length(1);
    again.close();
  });

  it('refuses a newer version and another database', async () => {
    await fill(1);
    const db = new Database(file);
    db.exec('PRAGMA user_version = 99');
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await refused(/has version 99; this Herald knows 1 to \d+$/);
    db.exec('PRAGMA user_version = 1; PRAGMA application_id = 5; PRAGMA wal_checkpoint(TRUNCATE)');
    await refused(/is not a Herald database$/);
    db.close();
  });

  it('refuses a log whose last mid is below its messages', async () => {
    await fill(3);
    const db = new Database(file);
    db.exec(`DELETE FROM meta; PRAGMA wal_checkpoint(TRUNCATE)`);
    db.close();
    await refused(/last mid is below its messages/);
  });
});

describe('a message log of version 1', () => {
  /** As the first version left it: three messages, one for two devices, one delivery settled, one device nameless. */
  beforeEach(async () => {
    await writeFile(file, '');
    const db = new Database(file);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(db, 1);
    const add = db.prepare('INSERT INTO messages VALUES (?, ?)');
    for (const mid of [5, 6, 7]) add.run([mid, JSON.stringify(wire(mid))]);
    db.exec(`INSERT INTO devices VALUES (1, 'phone', 5), (2, '__proto__', 0), (3, NULL, 0);
      INSERT INTO deliveries VALUES (5, 1, 10), (6, 1, 1), (6, 2, 3), (7, 3, 1);
      UPDATE meta SET value = 9 WHERE name = 'last_mid';`);
    db.close();
  });

  it('keeps its data when it becomes one of this version, and goes on', async () => {
    const log = openLog(await openDatabase(dir));
    expect(log.lastMid()).to.equal('9');
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['5 ok', '6 ready']);
    expect([...((await log.find('6'))?.statuses ?? [])]).to.deep.equal([
      ['phone', 'ready'],
      ['__proto__', 'webpush-wait'],
    ]);
    expect((await log.lastReceived(['phone', '__proto__'])).get('phone')?.mid).to.equal('5');
    expect(await log.areRead(['5', '6', '7'])).to.deep.equal(new Set());
    expect(await log.markRead(['6', '5', '9'])).to.deep.equal(['6', '5']);
    await log.append(message(10), ['phone']);
    expect(await log.expire(6)).to.equal(1);
    log.close();
    const db = await openDatabase(dir);
    expect(readNumber(db, 'PRAGMA user_version')).to.equal(MIGRATIONS.length);
    const again = openLog(db);
    expect((await again.reads(0, 9)).mids).to.deep.equal(['6']);
    expect(brief((await again.recent('phone', '99', { limit: 9 })).entries)).to.deep.equal(['10 ready', '6 ready']);
    again.close();
  });

  it('can be backed up as it is and restored', async () => {
    const [backup, target] = [join(dir, 'backup.db'), join(dir, 'target')];
    await backupEmbedded(dir, backup);
    await restoreEmbedded(backup, target);
    const log = openLog(await openDatabase(target));
    expect(brief((await log.recent('__proto__', '9', { limit: 9 })).entries)).to.deep.equal(['6 webpush-wait']);
    expect(await log.markRead(['6'])).to.deep.equal(['6']);
    log.close();
  });

  it('keeps nothing of a migration that fails half-way', async () => {
    const db = new Database(file);
    db.exec('CREATE TRIGGER unmark_deleted AFTER DELETE ON meta BEGIN SELECT 1; END');
    db.close();
    expect(await rejection(openDatabase(dir))).to.be.instanceOf(DataError);
    const after = new Database(file);
    expect(readNumber(after, 'PRAGMA user_version')).to.equal(1);
    expect(readNumber(after, `SELECT count(*) FROM sqlite_schema WHERE name = 'reads'`)).to.equal(0);
    after.exec('DROP TRIGGER unmark_deleted');
    after.close();
    (await openDatabase(dir)).close();
  });
});

describe('a message log of version 2', () => {
  it('keeps its data and takes owed ends when it becomes one of this version', async () => {
    await writeFile(file, '');
    const db = new Database(file);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(db, 2);
    db.prepare('INSERT INTO messages VALUES (?, ?)').run([5, JSON.stringify(wire(5))]);
    db.exec(`INSERT INTO devices VALUES (1, 'phone', 0); INSERT INTO deliveries VALUES (5, 1, 1);
      INSERT INTO reads VALUES (3, 5); UPDATE meta SET value = 5 WHERE name = 'last_mid';`);
    db.close();
    const end = { app: '1', channel: 'a', user: '' };
    for (const before of [[], [end]]) {
      const log = openLog(await openDatabase(dir));
      expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['5 ready']);
      expect(await log.reads(0, 9)).to.deep.equal({ mids: ['5'], cursor: 3 });
      expect(await log.pendingLeaves.load()).to.deep.equal(before);
      await log.pendingLeaves.add(end);
      log.close();
    }
  });
});

describe('a message log of version 3', () => {
  it('moves the reports that wait under hook/… devices into a queue of their own', async () => {
    await writeFile(file, '');
    const db = new Database(file);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(db, 3);
    const digest = '0123456789abcdef';
    const body = JSON.stringify({ time_ms: 6, events: [{ channel: 'a' }, { channel: '\0\ud800' }, { name: 'x' }] });
    const report = (mid: number, text: string, extra: object) => ({
      ...wire(mid, text),
      target: `hook/my-app/${digest}`,
      message: { text, desp: '', extra },
    });
    const add = db.prepare('INSERT INTO messages VALUES (?, ?)');
    add.run([4, JSON.stringify(report(4, '{"events":[]}', { nth: 0, id: 'settled' }))]);
    add.run([5, JSON.stringify(wire(5))]);
    add.run([6, JSON.stringify(report(6, body, { nth: 1, id: 'r6' }))]);
    add.run([7, JSON.stringify(report(7, '{"events":[]}', {}))]);
    db.exec(`INSERT INTO devices VALUES (1, 'phone', 0), (2, 'hook/my-app/${digest}', 0);
      INSERT INTO deliveries VALUES (4, 2, 9), (5, 1, 1), (6, 2, 2), (7, 2, 1);
      UPDATE meta SET value = 7 WHERE name = 'last_mid';`);
    db.close();
    const log = openLog(await openDatabase(dir));
    const common = { app: 'my-app', address: digest };
    expect(await log.appReports.load()).to.deep.equal([
      {
        ...common,
        seq: 1,
        hook: 1,
        request: 'r6',
        channels: ['a', '\0\ud800', ''],
        acceptedAt: 6,
        bytes: Buffer.byteLength(body),
      },
      { ...common, seq: 2, hook: 0, request: '7', channels: [], acceptedAt: 7, bytes: 13 },
    ]);
    expect(await log.appReports.body({ address: '', seq: 1 })).to.equal(body);
    expect([...(await log.queued())]).to.deep.equal([['phone', 1]]);
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['5 ready']);
    expect([await log.find('6'), log.lastMid()]).to.deep.equal([undefined, '7']);
    log.close();
    const after = await openDatabase(dir);
    expect(readNumber(after, 'SELECT count(*) FROM messages')).to.equal(1);
    after.close();
  });
});

describe('migrate', () => {
  it('applies each version once, in order', () => {
    const db = new Database(':memory:');
    for (let version = 1; version <= MIGRATIONS.length; version++) {
      migrate(db, version);
      migrate(db, version);
      expect(readNumber(db, 'PRAGMA user_version')).to.equal(version);
    }
    migrate(db);
    expect(readNumber(db, 'PRAGMA user_version')).to.equal(MIGRATIONS.length);
    db.close();
  });
});
