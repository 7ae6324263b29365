import {
  chmod,
  mkdir,
  open as openFile,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { backupEmbedded, restoreEmbedded } from '../../../server/backends/embedded/backup.ts';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { type EmbeddedBackend, openEmbedded } from '../../../server/backends/embedded/index.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MODULE } from '../embedded-harness.ts';
import { brief, message } from '../harness.ts';
import { startWriter } from '../writer.ts';

let base: string;
let dir: string;
let file: string;
let backend: EmbeddedBackend;

const open = (path: string) => openEmbedded({ dir: path, logger: silentLogger });

beforeEach(async () => {
  base = await tempDir();
  dir = join(base, 'data');
  file = join(base, 'backup.db');
  backend = await open(dir);
  await backend.secrets.get('token', () => 'kept');
  await backend.devices.put({ name: '手机', groups: [], routes: {}, secured: true, createdAt: 1 });
  await backend.pendingLeaves.add({ app: '1', channel: 'presence-a', user: '7' });
  await backend.log.append(message(1), ['手机']);
  await backend.log.append(message(2), ['手机']);
  await backend.log.record('1', '手机', 'ok');
});
afterEach(() => backend.close());

/** Both must fail with one line for the operator and leave `leaves` in the target. */
async function refusedRestore(expected: RegExp, target = join(base, 'target'), leaves: string[] = ['lock']) {
  const error = await rejection(restoreEmbedded(file, target));
  expect(error).to.be.instanceOf(DataError);
  expect(error.message).to.match(expected).and.to.not.contain('\n');
  expect(await readdir(target)).to.have.members(leaves);
}

describe('backupEmbedded and restoreEmbedded', () => {
  it('bring everything back, from a backup made while the relay runs', async () => {
    await backupEmbedded(dir, file);
    await backend.log.append(message(3), ['手机']);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(await readdir(base)).to.have.members(['data', 'backup.db']);

    const target = join(base, 'new', 'data');
    await restoreEmbedded(file, target);
    expect(await readdir(target)).to.have.members(['lock', 'messages.db', 'registry.json', 'keys.json']);
    for (const name of await readdir(target)) {
      expect((await stat(join(target, name))).mode & 0o777, name).to.equal(0o600);
    }
    const restored = await open(target);
    expect(await restored.secrets.get('token', () => 'new')).to.equal('kept');
    expect(await restored.devices.load()).to.deep.equal(await backend.devices.load());
    expect(brief((await restored.log.history('手机', '0', { limit: 9 })).entries)).to.deep.equal(['1 ok', '2 ready']);
    expect(await restored.log.lastMid()).to.equal('2');
    expect(await restored.pendingLeaves.load()).to.deep.equal([{ app: '1', channel: 'presence-a', user: '7' }]);
    await restored.log.append(message(9), ['手机']);
    await restored.close();
  });

  it('keep everything that another process had written when the backup began', async () => {
    const place = join(base, 'place');
    const writer = startWriter(MODULE, place);
    const told = await writer.told(100);
    await backupEmbedded(join(place, 'data'), file);
    await writer.kill();
    await restoreEmbedded(file, join(base, 'target'));
    const restored = await open(join(base, 'target'));
    const kept = new Map(
      (await restored.log.history('phone', '0', { limit: 1e6 })).entries.map((one) => [one.mid, one.status]),
    );
    const names = new Set((await restored.devices.load()).map(({ name }) => name));
    await restored.close();
    for (const line of told) {
      const [what, value = ''] = line.split(' ');
      if (what === 'append') expect(kept.has(value), line).to.equal(true);
      if (what === 'record') expect(kept.get(value), line).to.equal('ok');
      if (what === 'device') expect(names.has(value), line).to.equal(true);
    }
  });

  it('work on a directory that no relay uses', async () => {
    await backend.close();
    const bare = join(base, 'bare');
    await (await open(bare)).close();
    await backupEmbedded(bare, file);
    await restoreEmbedded(file, join(base, 'target'));
    expect(await readdir(join(base, 'target'))).to.have.members(['lock', 'messages.db', 'keys.json', 'registry.json']);
    await (await open(join(base, 'target'))).close();
  });
});

describe('backupEmbedded', () => {
  it('overwrites nothing', async () => {
    await writeFile(file, 'mine');
    const error = await rejection(backupEmbedded(dir, file));
    expect(error).to.be.instanceOf(DataError).with.property('message', `${file} exists; a backup overwrites nothing`);
    expect(await readFile(file, 'utf8')).to.equal('mine');
    await symlink('nowhere', join(base, 'dangling'));
    await rejection(backupEmbedded(dir, join(base, 'dangling')));
    expect(await readdir(base)).to.have.members(['data', 'backup.db', 'dangling']);
  });

  it('refuses what is no data directory, and a damaged one', async () => {
    expect((await rejection(backupEmbedded(join(base, 'none'), file))).message).to.contain('is not a data directory');
    await writeFile(join(dir, 'keys.json'), '{"vers');
    const error = await rejection(backupEmbedded(dir, file));
    expect(error)
      .to.be.instanceOf(DataError)
      .with.property('message', `${join(dir, 'keys.json')} is damaged`);
    expect(await readdir(base)).to.deep.equal(['data']);
  });

  it('says when it cannot write', async () => {
    const error = await rejection(backupEmbedded(dir, join(base, 'none', 'backup.db')));
    expect(error).to.be.instanceOf(DataError);
    expect(error.message).to.match(/backup\.db cannot be written: /);
    expect(await readdir(base)).to.deep.equal(['data']);
  });
});

describe('restoreEmbedded', () => {
  beforeEach(() => backupEmbedded(dir, file));

  it('refuses a directory in use', async () => {
    const error = await rejection(restoreEmbedded(file, dir));
    expect(error.message).to.equal(`data directory ${dir} is in use by another Herald process`);
  });

  it('refuses a directory that holds data', async () => {
    for (const name of ['messages.db', 'registry.json', 'keys.json', 'keys.json.bak', 'messages.db-wal']) {
      const target = join(base, `with ${name}`);
      await mkdir(target);
      await writeFile(join(target, name), 'x');
      await refusedRestore(/already holds data: /, target, ['lock', name]);
      expect(await readFile(join(target, name), 'utf8')).to.equal('x');
    }
  });

  it('refuses a file that is missing, no file, or no database', async () => {
    file = join(base, 'none');
    await refusedRestore(/none cannot be read: /);
    file = base;
    await refusedRestore(/cannot be read: /);
    for (const content of ['', 'x', '{"version":1}', 'SQLite format 3\0', 'SQLite format 3\0'.repeat(512)]) {
      file = join(base, 'other');
      await writeFile(file, content);
      await refusedRestore(/other (cannot be used|is not a Herald database)/);
    }
  });

  it('refuses a truncated or overwritten backup', async () => {
    const good = await readFile(file);
    for (const length of [100, 4096, 8192, good.length - 4096]) {
      await writeFile(file, good);
      await truncate(file, length);
      await refusedRestore(/backup\.db (cannot be used|is damaged|is not a Herald)/);
    }
    for (const page of Array.from({ length: good.length / 4096 }, (_, index) => index)) {
      await writeFile(file, good);
      const handle = await openFile(file, 'r+');
      await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
      await handle.close();
      await refusedRestore(/backup\.db (cannot be used|is damaged|is not a Herald)/);
    }
  });

  for (const [what, sql, expected] of [
    ['of a newer version', 'PRAGMA user_version = 99', /has version 99/],
    ['of no version', 'PRAGMA user_version = 0', /has version 0/],
    ['of another program', 'PRAGMA application_id = 1', /is not a Herald database/],
    ['that is a message log', 'DROP TABLE files', /is not a Herald backup/],
    ['with a table more', 'CREATE TABLE more (x)', /is not a Herald backup/],
    [
      'with a trigger',
      `CREATE TRIGGER spy AFTER INSERT ON messages BEGIN UPDATE messages SET json = 'x'; END`,
      /is not a Herald backup/,
    ],
    ['with a view for a table', 'DROP TABLE devices; CREATE VIEW devices AS SELECT 1', /is not a Herald backup/],
    [
      'with a damaged document',
      `UPDATE files SET content = '{' WHERE name = 'keys.json'`,
      /keys\.json in .* is damaged/,
    ],
    [
      'with a document of another shape',
      `UPDATE files SET content = '{"version":1,"secrets":{"__proto__":7}}' WHERE name = 'keys.json'`,
      /keys\.json in .* is not what Herald wrote: secrets/,
    ],
  ] as const) {
    it(`refuses a backup ${what}`, async () => {
      const db = new Database(file);
      db.exec(sql);
      db.close();
      await refusedRestore(expected);
    });
  }

  it('ignores documents of other names, paths among them', async () => {
    const db = new Database(file);
    db.exec(`INSERT INTO files VALUES ('../escaped.json', '{}'), ('/lock', 'x')`);
    db.close();
    await restoreEmbedded(file, join(base, 'target'));
    expect(await readdir(join(base, 'target'))).to.have.members(['lock', 'messages.db', 'registry.json', 'keys.json']);
    expect(await readdir(base)).to.have.members(['data', 'backup.db', 'target']);
  });

  it('takes a backup in write-ahead mode and one that others may read', async () => {
    const db = new Database(file);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    await chmod(file, 0o644);
    const target = join(base, 'target');
    await restoreEmbedded(file, target);
    expect((await stat(join(target, 'messages.db'))).mode & 0o777).to.equal(0o600);
    const restored = await open(target);
    expect(brief((await restored.log.history('手机', '0', { limit: 9 })).entries)).to.deep.equal(['1 ok', '2 ready']);
    await restored.close();
  });
});
