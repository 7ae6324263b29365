import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { composeAttachments } from '../../server/compose/attachments.ts';
import { configSchema } from '../../server/config/schema.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What nodes have in common. */
function sharedBackend() {
  const secrets = new Map<string, string>();
  return (alive: number, isShared = true) => ({
    secrets: {
      async get(name: string, make: () => string) {
        const secret = secrets.get(name) ?? make();
        secrets.set(name, secret);
        return secret;
      },
    },
    nodes: { count: () => alive },
    ownership: { isShared },
  });
}

async function open(backend: ReturnType<ReturnType<typeof sharedBackend>>, attachments: object, dir = '/nowhere') {
  const config = configSchema.parse({ attachments, storage: { dir } });
  const { logger } = recordingLogger();
  const made = await composeAttachments({ backend: backend as never, config, clock: fakeClock(), logger });
  onCleanup(() => made?.close());
  return made;
}

describe('composeAttachments', () => {
  it('takes no files with several nodes and no folder, nor with a size of 0', async () => {
    expect(await open(sharedBackend()(1), {})).to.equal(undefined);
    expect(await open(sharedBackend()(1, false), { maxSize: 0 })).to.equal(undefined);
  });

  it('keeps the files of one node in its data directory', async () => {
    expect(await open(sharedBackend()(1, false), {}, await tempDir())).to.not.equal(undefined);
  });

  it('lets a node start on the folder of the others, and on no other one while they live', async () => {
    const [dir, other] = [await tempDir(), await tempDir()];
    const backend = sharedBackend();
    await open(backend(1), { dir });
    const marker = await readFile(join(dir, 'herald-folder'), 'utf8');
    await open(backend(2), { dir });
    expect(await readFile(join(dir, 'herald-folder'), 'utf8')).to.equal(marker);
    expect(await rejection(open(backend(2), { dir: other }))).to.include({ code: 'invalid' });
    await open(backend(1), { dir: other });
    expect(await readFile(join(other, 'herald-folder'), 'utf8')).to.equal(marker);
  });

  it('says what is wrong with a folder that cannot be used', async () => {
    const file = join(await tempDir(), 'file');
    await writeFile(file, '');
    expect(await rejection(open(sharedBackend()(1, false), { dir: join(file, 'x') }))).to.be.instanceOf(Error);
  });
});
