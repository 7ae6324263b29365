import { mkdir, open as openFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { openEmbedded } from '../../../server/backends/embedded/index.ts';
import { openDatabase } from '../../../server/backends/embedded/schema.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { brief, message } from '../harness.ts';

let dir: string;
const { logger, lines } = recordingLogger();
const open = (acceptLoss = false) => openEmbedded({ dir, logger, acceptLoss });
const FILES: Readonly<Record<string, readonly string[]>> = {
  'messages.db': ['messages.db', 'messages.db-wal', 'messages.db-shm'],
  'registry.json': ['registry.json', 'registry.json.bak'],
  'keys.json': ['keys.json', 'keys.json.bak'],
};

async function lose(name: string): Promise<void> {
  for (const file of FILES[name] ?? []) await rm(join(dir, file), { force: true });
}

beforeEach(async () => {
  dir = join(await tempDir(), 'data');
  lines.length = 0;
});

describe('a data directory that has lost a file', () => {
  beforeEach(async () => {
    const backend = await open();
    await backend.devices.put({ name: 'phone', groups: [], routes: {}, secured: true, createdAt: 1 });
    await backend.log.append(message(7), ['phone']);
    await backend.close();
  });

  for (const name of Object.keys(FILES)) {
    it(`is refused without ${name}, in a sentence that names the ways out`, async () => {
      await lose(name);
      const before = await readdir(dir);
      const error = await rejection(open());
      expect(error).to.be.instanceOf(DataError);
      expect(error.message).to.include(join(dir, name)).and.to.include('herald restore');
      expect(error.message).to.include('--accept-loss').and.not.to.include('\n');
      expect(await readdir(dir)).to.have.members(before);
      expect((await rejection(open())).message).to.equal(error.message);
    });

    it(`goes on without ${name} when the loss is accepted, once`, async () => {
      await lose(name);
      await (await open(true)).close();
      expect(lines.map(({ level }) => level).filter((level) => level !== 'info')).to.deep.equal(['warn']);
      await (await open()).close();
    });
  }

  it('keeps what waits for devices when the registry was lost', async () => {
    await lose('registry.json');
    const backend = await open(true);
    expect(brief((await backend.log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.deep.equal(['7 ready']);
    await backend.close();
  });

  it('goes on with the last version of a document, which is no loss', async () => {
    const backend = await open();
    await backend.devices.put({ name: 'tablet', groups: [], routes: {}, secured: true, createdAt: 1 });
    await backend.close();
    await rm(join(dir, 'registry.json'));
    const again = await open();
    expect((await again.devices.load()).map(({ name }) => name)).to.deep.equal(['phone']);
    await again.close();
  });
});

describe('a data directory whose files were not all made yet', () => {
  it('is opened after a first start that was cut short', async () => {
    await mkdir(dir, { recursive: true });
    (await openDatabase(dir)).close();
    await (await open()).close();
    expect(await readdir(dir)).to.include.members(['messages.db', 'keys.json', 'registry.json']);
  });

  it('is opened when a version before never wrote a registry, since no device had come', async () => {
    await (await open()).close();
    await lose('registry.json');
    const db = await openDatabase(dir);
    db.exec("DELETE FROM meta WHERE name IN ('registry', 'keys')");
    db.close();
    await (await open()).close();
  });
});

describe('a document that is no document', () => {
  it('is refused in a sentence when it is no JSON, or a directory', async () => {
    await mkdir(dir, { recursive: true });
    await (await open()).close();
    await writeFile(join(dir, 'keys.json'), 'no JSON');
    await rm(join(dir, 'keys.json.bak'), { force: true });
    expect((await rejection(open())).message).to.match(/keys\.json is damaged .* herald restore/);
    await rm(join(dir, 'keys.json'));
    await mkdir(join(dir, 'keys.json'));
    const error = await rejection(open());
    expect(error).to.be.instanceOf(DataError);
    expect(error.message).to.equal(`${join(dir, 'keys.json')} is a directory and not a file of Herald; move it away`);
  });
});

describe('a message log with a damaged page', () => {
  /** Overwrites the root of a table or an index. */
  async function damage(name: string): Promise<void> {
    const db = await openDatabase(dir);
    const [[page]] = db.prepare('SELECT min(pageno) FROM dbstat WHERE name = ?').raw().all([name]) as [[number]];
    db.close();
    const file = await openFile(join(dir, 'messages.db'), 'r+');
    await file.write(Buffer.alloc(4096, 'Z'), 0, 4096, (page - 1) * 4096);
    await file.close();
  }

  for (const name of ['sqlite_autoindex_devices_1', 'devices', 'deliveries_by_device']) {
    it(`is refused in a sentence that names the file and the way on: ${name}`, async () => {
      const first = await open();
      await first.log.append(message(7), ['phone', 'tablet']);
      await first.close();
      await damage(name);
      const error = await rejection(
        open().then(async (backend) => backend.log.queued().finally(() => backend.close())),
      );
      expect(error).to.be.instanceOf(DataError);
      expect(error.message).to.equal(
        `${join(dir, 'messages.db')} is damaged: database disk image is malformed; ` +
          'restore a backup with herald restore, or move it away',
      );
    });
  }
});
