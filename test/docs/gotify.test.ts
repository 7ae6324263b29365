import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { expectTranslation, readBlock, run } from '../support/blocks.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../world.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const pages = ['gotify.md', 'gotify.zh-CN.md'].map((file) => join(docs, file));

const block = (mark: string) => readBlock(join(docs, 'gotify.md'), mark);

describe('docs/gotify.md', () => {
  const relay = sharedWorld();

  it('has the same blocks, sections and tables in both languages', async () => {
    await expectTranslation(pages);
  });

  it('has lines that send, make a client and read its messages', async () => {
    const dir = await tempDir();
    const server = { HERALD_SERVER: relay().url(''), HERALD_TOKEN: TOKEN, HOME: dir };
    const made = await run(await block('run: client'), server, dir);
    const { token: CLIENT, name } = JSON.parse(made.output);
    expect([made.code, name]).to.deep.equal([0, 'script']);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'kuma', group: 'family' });
    const KEY = (await relay().request('/v1/keys', { method: 'POST', body, headers })).json.key;
    const first = await run(await block('run: send'), { ...server, KEY }, dir);
    expect(JSON.parse(first.output)).to.include({ title: 'Backup', priority: 8 });
    const second = await run(await block('run: json'), { ...server, KEY }, dir);
    expect(JSON.parse(second.output)).to.include({ title: 'kuma', priority: 5 });
    const { output } = await run(await block('run: messages'), { ...server, CLIENT }, dir);
    expect(JSON.parse(output).messages).to.deep.equal([second, first].map((one) => JSON.parse(one.output)));
  });
});
