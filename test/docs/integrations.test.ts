import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { makeKey, stored } from '../dialects/key-senders.ts';
import { expectTranslation, readBlocks, run } from '../support/blocks.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const PAGES = ['integrations.md', 'integrations.zh-CN.md'].map((page) => join(docs, page));

/** The title that a page promises below each line that sends, by the mark of the line. */
async function promisedTitles(page: string): Promise<Map<string, string>> {
  const text = await readFile(page, 'utf8');
  const found = text.matchAll(/^<!-- (run: .+) -->\n```sh\n[\s\S]*?^```\n\n(?:On the phone: |手机上：)\*\*(.+?)\*\*/gm);
  return new Map([...found].map(([, mark = '', title = '']) => [mark, title]));
}

describe('docs/integrations.md', () => {
  const relay = sharedWorld();

  it('has the same blocks, sections and lists in both languages', async () => {
    await expectTranslation(PAGES);
    const [english, chinese] = await Promise.all(PAGES.map(promisedTitles));
    expect(chinese).to.deep.equal(english);
  });

  it('says what arrives on the phone', async () => {
    const [page = ''] = PAGES;
    const titles = await promisedTitles(page);
    const lines = (await readBlocks(page)).filter(({ mark }) => mark.startsWith('run: '));
    expect(lines.length).to.be.above(15);
    const dir = await tempDir();
    const KEY = await makeKey(relay(), { name: 'docs integrations', device: 'phone' });
    for (const { mark, code } of lines) {
      const before = (await stored(relay(), 'phone')).mid;
      const result = await run(code, { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HOME: dir, KEY }, dir);
      expect(result.code, `${mark}: ${result.output}`).to.equal(0);
      const { mid, text } = await stored(relay(), 'phone');
      expect(mid, mark).not.to.equal(before);
      expect(text, mark).to.equal(titles.get(mark));
    }
  });
});
