import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { makeKey, stored } from '../dialects/key-senders.ts';
import { expectTranslation, readBlocks, run } from '../support/blocks.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const PAGES = ['bark', 'senders', 'webhooks'];

describe('docs of senders that know only a key', () => {
  const relay = sharedWorld();

  for (const page of PAGES) {
    const files = [`${page}.md`, `${page}.zh-CN.md`].map((file) => join(docs, file));

    it(`${page}: has the same blocks, sections and tables in both languages`, async () => {
      await expectTranslation(files);
    });

    it(`${page}: has lines that send`, async () => {
      const [file = ''] = files;
      const lines = (await readBlocks(file)).filter(({ mark }) => mark?.startsWith('run: '));
      expect(lines).not.to.be.empty;
      const dir = await tempDir();
      const KEY = await makeKey(relay(), { name: `docs ${page}`, device: 'phone' });
      for (const { mark, code } of lines) {
        const before = (await stored(relay(), 'phone')).mid;
        const result = await run(code, { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HOME: dir, KEY }, dir);
        expect(result.code, `${mark}: ${result.output}`).to.equal(0);
        expect((await stored(relay(), 'phone')).mid, mark).not.to.equal(before);
      }
    });
  }
});
