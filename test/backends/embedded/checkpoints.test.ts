import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createCheckpoints } from '../../../server/backends/embedded/checkpoints.ts';
import { LOG_FILE, openDatabase } from '../../../server/backends/embedded/schema.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function setUp() {
  const dir = await tempDir();
  const db = await openDatabase(dir);
  onCleanup(() => void db.close());
  const file = join(dir, LOG_FILE);
  const { logger, lines } = recordingLogger();
  return { db, file, lines, checkpoints: createCheckpoints(file, logger) };
}

describe('createCheckpoints', () => {
  it('moves what was committed into the file', async () => {
    const { db, file, lines, checkpoints } = await setUp();
    const before = (await stat(file)).size;
    db.exec(`INSERT INTO messages (mid, json) VALUES (1, '${'x'.repeat(100_000)}')`);
    await Promise.all([checkpoints.run(), checkpoints.run()]);
    expect((await stat(file)).size).to.be.at.least(before + 90_000);
    expect(lines).to.deep.equal([]);
    await checkpoints.stop();
  });

  it('fails without a WAL, which then is not on disk, and works again with one', async () => {
    const { db, checkpoints } = await setUp();
    db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
    expect(await rejection(checkpoints.run())).to.have.property('code', 'ENOENT');
    db.exec(`PRAGMA journal_mode = WAL; INSERT INTO messages (mid, json) VALUES (1, 'x')`);
    await checkpoints.run();
    await checkpoints.stop();
  });

  it('ends when those that were called for are over, and begins no more', async () => {
    const { checkpoints } = await setUp();
    let isDone = false;
    void checkpoints.run().then(() => {
      isDone = true;
    });
    await checkpoints.stop();
    expect(isDone).to.equal(true);
    expect(await rejection(checkpoints.run())).to.have.property('message', 'the message log is being closed');
  });
});
