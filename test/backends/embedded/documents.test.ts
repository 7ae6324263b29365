import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import {
  backupEmbedded,
  examineEmbedded,
  openEmbedded,
  restoreEmbedded,
} from '../../../server/backends/embedded/index.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A directory with three documents, of which the second is damaged. */
async function damaged(): Promise<string> {
  const dir = join(await tempDir(), 'data');
  const backend = await openEmbedded({ dir, logger: silentLogger });
  const jobs = backend.documents.collection('jobs');
  for (const [n, id] of ['a', 'b\n', 'c'].entries()) await jobs.put(id, { n }, { lists: { due: n } });
  await backend.close();
  const db = new Database(join(dir, 'messages.db'));
  db.exec(`UPDATE documents SET value = CAST(x'7bff' AS TEXT) WHERE id = 'b\\n'`);
  db.close();
  return dir;
}

describe('documents in messages.db', () => {
  it('that are damaged are left out, and can be replaced', async () => {
    const { logger, lines } = recordingLogger();
    const { documents, close } = await openEmbedded({ dir: await damaged(), logger });
    const jobs = documents.collection('jobs');
    const ids = async () => (await jobs.list('due', { limit: 9 })).documents.map(({ id }) => id);
    expect(await jobs.get('b\n')).to.equal(undefined);
    expect(await ids()).to.deep.equal(['a', 'c']);
    expect(lines.filter(({ text }) => text.includes('a document cannot be read'))).to.have.length(2);
    await jobs.put('b\n', { n: 9 }, { lists: { due: 9 } });
    expect(await ids()).to.deep.equal(['a', 'c', 'b\n']);
    await close();
  });

  it('that are damaged are named by herald doctor', async () => {
    const findings = await examineEmbedded(await damaged());
    expect(findings.filter(({ ok }) => !ok).map(({ text }) => text)).to.deep.equal([
      '1 of 3 documents (alerts, jobs, …) cannot be read and are left out: jobs/b\\n',
    ]);
  });

  it('come back from a backup that was made while the relay ran, with their versions and lists', async () => {
    const base = await tempDir();
    const [dir, file, target] = ['data', 'backup', 'again'].map((name) => join(base, name)) as [string, string, string];
    const backend = await openEmbedded({ dir, logger: silentLogger });
    const version = await backend.documents.collection('jobs').put('a', { n: 1 }, { lists: { due: 7 } });
    await backupEmbedded(dir, file);
    await backend.close();
    await restoreEmbedded(file, target);
    const restored = await openEmbedded({ dir: target, logger: silentLogger });
    const jobs = restored.documents.collection('jobs');
    expect((await jobs.list('due', { limit: 9 })).documents).to.deep.equal([
      { id: 'a', value: { n: 1 }, version, place: 7 },
    ]);
    expect(await jobs.count('due')).to.equal(1);
    await restored.close();
  });
});
