import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { openEmbedded } from '../../../server/backends/embedded/index.ts';
import { lockDirectory } from '../../../server/backends/embedded/lock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { message } from '../harness.ts';

const LOCK = new URL('../../../server/backends/embedded/lock.ts', import.meta.url).href;

/** Takes the directory in a process of its own; resolves once that has it, to how to kill it. */
async function lockElsewhere(dir: string): Promise<() => Promise<void>> {
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(LOCK)});
    await lockDirectory(${JSON.stringify(dir)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

describe('lockDirectory', () => {
  it('makes the directory for its owner alone', async () => {
    const dir = join(await tempDir(), 'a', 'data');
    const unlock = await lockDirectory(dir);
    expect((await stat(dir)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(dir, 'lock'))).mode & 0o777).to.equal(0o600);
    unlock();
  });

  it('refuses a second opener of the same process until the first lets go', async () => {
    const dir = join(await tempDir(), 'data');
    const unlock = await lockDirectory(dir);
    for (let round = 0; round < 2; round++) {
      const error = await rejection(lockDirectory(dir));
      expect(error).to.be.instanceOf(DataError);
      expect(error.message).to.equal(`data directory ${dir} is in use by another Herald process`);
    }
    unlock();
    unlock();
    (await lockDirectory(dir))();
  });

  it('refuses another process, and is free at once when that is killed', async () => {
    const dir = join(await tempDir(), 'data');
    const kill = await lockElsewhere(dir);
    const error = await rejection(lockDirectory(dir));
    await kill();
    expect(error.message).to.equal(`data directory ${dir} is in use by another Herald process`);
    (await lockDirectory(dir))();
  });

  it('says which directory cannot be used', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'file'), '');
    const error = await rejection(lockDirectory(join(dir, 'file')));
    expect(error).to.be.instanceOf(DataError);
    expect(error.message).to.match(/^data directory .*file cannot be used: /);

    expect((await rejection(lockDirectory(join(dir, 'file', 'data')))).message).to.match(
      /data cannot be used: ENOTDIR/,
    );
    // Where the system makes no directories, Node's recursive mkdir tries for ever.
    if (process.platform === 'linux') {
      expect((await rejection(lockDirectory('/proc/no/data'))).message).to.match(/data cannot be used: ENOENT/);
    }

    await mkdir(join(dir, 'other'));
    await writeFile(join(dir, 'other', 'lock'), 'not a database '.repeat(100));
    expect((await rejection(lockDirectory(join(dir, 'other')))).message).to.match(/other cannot be locked: /);
  });
});

describe('openEmbedded', () => {
  it('keeps every file to its owner', async () => {
    const dir = join(await tempDir(), 'data');
    const backend = await openEmbedded({ dir, logger: silentLogger });
    await backend.secrets.get('token', () => 'x');
    await backend.devices.remove('phone');
    await backend.devices.put({ name: 'phone', groups: [], routes: {}, secured: false, createdAt: 1 });
    await backend.log.append(message(1), ['phone']);
    for (const name of ['lock', 'messages.db', 'messages.db-wal', 'registry.json', 'keys.json']) {
      expect((await stat(join(dir, name))).mode & 0o777, name).to.equal(0o600);
    }
    await backend.close();
  });

  it('refuses a directory in use without touching it, and lets go of one it cannot open', async () => {
    const dir = join(await tempDir(), 'data');
    const backend = await openEmbedded({ dir, logger: silentLogger });
    const error = await rejection(openEmbedded({ dir, logger: silentLogger }));
    expect(error.message).to.equal(`data directory ${dir} is in use by another Herald process`);
    await backend.close();
    await backend.close();

    await writeFile(join(dir, 'keys.json'), '{"version":2}');
    expect((await rejection(openEmbedded({ dir, logger: silentLogger }))).message).to.contain('keys.json');
    (await lockDirectory(dir))();
  });

  it('closes the journal when it cannot make its documents', async () => {
    const dir = join(await tempDir(), 'data');
    const backend = await openEmbedded({ dir, logger: silentLogger });
    await backend.close();
    for (const name of ['keys.json', 'keys.json.bak']) await rm(join(dir, name), { force: true });
    await mkdir(join(dir, 'keys.json.tmp'));
    await rejection(openEmbedded({ dir, logger: silentLogger, acceptLoss: true }));
    const open = await readdir('/proc/self/fd');
    const files = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(files).to.not.include(join(dir, 'messages.journal'));
  });
});
