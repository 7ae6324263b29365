import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ntfyConfig } from '../../server/dialects/ntfy/config.ts';
import { expectTranslation, linesOf, readBlock, run, start } from '../support/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const pages = ['ntfy.md', 'ntfy.zh-CN.md'].map((file) => join(docs, file));

const block = (mark: string) => readBlock(join(docs, 'ntfy.md'), mark);

describe('docs/ntfy.md', () => {
  const relay = sharedWorld();

  it('has the same blocks, sections and tables in both languages', async () => {
    await expectTranslation(pages);
  });

  it('has lines that publish and listen with a key', async () => {
    const dir = await tempDir();
    const server = { HERALD_SERVER: relay().url(''), HOME: dir };
    const body = JSON.stringify({ name: 'nas', send: ['alerts', 'phone'], receive: ['alerts'] });
    const headers = { 'content-type': 'application/json' };
    const KEY = (await relay().request('/v1/keys', { method: 'POST', body, headers })).json.key;
    for (const mark of ['run: publish', 'run: json']) {
      const { code, output } = await run(await block(mark), { ...server, KEY }, dir);
      expect([code, JSON.parse(output).topic], mark).to.deep.equal([0, 'alerts']);
    }
    const lines: string[] = [];
    linesOf(start(await block('run: listen'), { ...server, KEY }, dir).stdout).on('line', (line) => lines.push(line));
    await eventually('both messages are shown', () => lines.length === 3);
    expect(lines[2]).to.include('Disk full');
  });

  it('tells the limit that there is', async () => {
    const { messageSizeLimit } = ntfyConfig.parse(undefined);
    expect(await readFile(join(docs, 'ntfy.md'), 'utf8')).to.include(`${messageSizeLimit.toLocaleString('en')} bytes`);
  });
});
