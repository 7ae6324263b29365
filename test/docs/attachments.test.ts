import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readBlocks, run } from '../support/blocks.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['docs/attachments.md', 'docs/attachments.zh-CN.md'].map((name) => join(root, name));
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(60)]);

describe('docs/attachments.md', () => {
  const relay = forSuite(() => world());

  it('has the same blocks in both languages', async () => {
    const [english, chinese] = await Promise.all(PAGES.map(readBlocks));
    expect(chinese).to.deep.equal(english);
  });

  it('shows commands that send files, and what they answer', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const dir = await tempDir();
    await writeFile(join(dir, 'photo.png'), PNG);
    await writeFile(join(dir, 'build.log'), 'error\n');
    const blocks = new Map((await readBlocks(PAGES[0] ?? '')).map(({ mark, code }) => [mark, code]));
    const variables = { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN };
    const attachments = [];
    for (const name of ['form', 'raw', 'attach']) {
      const { code } = await run(blocks.get(`run: ${name}`) ?? '', variables, dir);
      expect(code).to.equal(0);
      const { text, extra } = (await phone.packet('MESSAGE')).data.message;
      const { url, expires, ...facts } = extra.attachment;
      attachments.push([text, facts]);
    }
    expect(attachments).to.deep.equal([
      ['Front door', { name: 'photo.png', type: 'image/png', size: 68 }],
      ['Build failed', { name: 'build.log', type: 'text/plain; charset=utf-8', size: 6 }],
      ['Radar', { name: 'radar.png' }],
    ]);
    const { output } = await run(blocks.get('run: upload') ?? '', variables, dir);
    const [shown, told] = [blocks.get('reply: upload') ?? '', output].map((text) => JSON.parse(text));
    const steady = ({ url, expires, ...rest }: Record<string, unknown>) => ({
      ...rest,
      expires: typeof expires,
      url: String(url).replace(/:\/\/[^/]+\/file\/\w{32}/, ''),
    });
    expect(steady(told)).to.deep.equal(steady(shown));
  });
});
