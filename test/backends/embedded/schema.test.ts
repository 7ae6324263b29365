import { copyFile, open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { createMessageLog } from '../../../server/backends/embedded/message-log.ts';
import { MIGRATIONS, migrate, openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import { silentLogger } from '../../../server/logger.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { message, rejection } from '../harness.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await tempDir();
  file = join(dir, 'messages.db');
});

/** A closed log with `count` messages. */
async function fill(count: number): Promise<void> {
  const log = createMessageLog(await openDatabase(dir), silentLogger);
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
    const log = createMessageLog(await openDatabase(dir), silentLogger);
    await log.append(message(7), ['phone']);
    const other = await tempDir();
    for (const end of ['', '-wal']) await copyFile(`${file}${end}`, join(other, `messages.db${end}`));
    log.close();
    const again = createMessageLog(await openDatabase(other), silentLogger);
    expect(again.lastMid()).to.equal('7');
    expect(await again.history('phone', '0', 9)).to.have.length(1);
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
