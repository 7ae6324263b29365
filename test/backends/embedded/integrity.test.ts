import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDamage } from '../../../server/backends/embedded/damage.ts';
import { createIntegrityCheck } from '../../../server/backends/embedded/integrity.ts';
import { openDatabase } from '../../../server/backends/embedded/schema.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openLog } from '../embedded-harness.ts';
import { message } from '../harness.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await tempDir();
  file = join(dir, 'messages.db');
  const log = openLog(await openDatabase(dir));
  for (const mid of [1, 2, 3]) await log.append(message(mid, 'x'.repeat(20_000)), ['phone']);
  log.close();
});

async function damageFile(): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(64, 0xff), 0, 64, size - 8192);
  await handle.close();
}

describe('createIntegrityCheck', () => {
  it('finds a whole file whole', async () => {
    const { logger, lines } = recordingLogger();
    const check = createIntegrityCheck(file, createDamage(silentLogger), logger);
    expect(check.health()).to.deep.equal({ status: 'unchecked', unreadable: 0 });
    await check.run();
    expect(check.health()).to.deep.equal({ status: 'whole', unreadable: 0 });
    expect(lines).to.deep.equal([]);
    await check.stop();
  });

  it('tells of a damaged file once, and names the way on', async () => {
    await damageFile();
    const { logger, lines } = recordingLogger();
    const check = createIntegrityCheck(file, createDamage(silentLogger), logger);
    await Promise.all([check.run(), check.run()]);
    expect(check.health().status).to.equal('damaged');
    expect(lines).to.have.length(1);
    expect(lines[0]?.text).to.include('herald doctor');
  });

  it('is told of messages that were found damaged since', async () => {
    const damage = createDamage(silentLogger);
    const check = createIntegrityCheck(file, damage, silentLogger);
    await check.run();
    damage.found(7, 'not a message');
    damage.found(7, 'not a message');
    expect(check.health()).to.deep.equal({ status: 'damaged', unreadable: 1 });
  });

  it('can be stopped before, during and after', async () => {
    const early = createIntegrityCheck(file, createDamage(silentLogger), silentLogger);
    await early.stop();
    const check = createIntegrityCheck(file, createDamage(silentLogger), silentLogger);
    const running = check.run();
    await check.stop();
    await running;
    await check.stop();
  });
});
