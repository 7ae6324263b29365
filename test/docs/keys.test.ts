import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { keysConfig } from '../../server/api/keys-config.ts';
import { linesOf, readBlocks, run, start } from '../support/blocks.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['docs/keys.md', 'docs/keys.zh-CN.md'].map((name) => join(root, name));

describe('docs/keys.md', () => {
  const relay = forSuite(() => world());

  it('has the same blocks in both languages', async () => {
    const [english, chinese] = await Promise.all(PAGES.map(readBlocks));
    expect(chinese).to.deep.equal(english);
  });

  it('shows a section of the config that can be read', async () => {
    const json = (await readBlocks(PAGES[0] ?? '')).find(({ mark, language }) => mark === '' && language === 'json');
    expect(keysConfig.parse(JSON.parse(json?.code ?? '').keys)).to.have.length(1);
  });

  it('shows commands that make, use, follow and change a key', async () => {
    const dir = await tempDir();
    const blocks = new Map((await readBlocks(PAGES[0] ?? '')).map(({ mark, code }) => [mark, code]));
    const block = (name: string) => blocks.get(name) ?? '';
    const variables = { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN };
    const { key } = JSON.parse((await run(block('run: create'), variables, dir)).output);
    const uses = linesOf(start(block('run: uses'), variables, dir).stdout);
    const lines = uses[Symbol.asyncIterator]();
    expect((await lines.next()).value).to.equal('event: open');
    const { output } = await run(block('run: send'), { ...variables, KEY: key }, dir);
    expect(JSON.parse(output)).to.have.property('cmd', 'MESSAGE_REPLY');
    let told = '';
    while (!told.startsWith('data: {"at"')) told = String((await lines.next()).value);
    expect(JSON.parse(told.slice(6))).to.include({ dialect: 'mpush', title: 'backup', result: 'sent' });
    const refused = await run(block('run: refused'), { ...variables, KEY: key }, dir);
    expect(refused.output.trim()).to.equal(block('reply: refused').trim());
    const changed = JSON.parse((await run(block('run: change'), variables, dir)).output);
    expect(changed).to.deep.include({ rate: { perMinute: 60, burst: 120 }, send: ['family', 'nas-*'] });
    expect(changed).not.to.have.property('priority');
  });
});
