import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { streamsConfig } from '../../server/dialects/kit/stream-config.ts';
import { expectTranslation, linesOf, readBlock, readRows, run, start } from '../support/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../world.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));

const block = (page: string, mark: string) => readBlock(join(docs, page), mark);

for (const page of ['stream', 'notify']) {
  describe(`docs/${page}.md`, () => {
    it('has the same blocks, sections and tables in both languages', async () => {
      const files = [`${page}.md`, `${page}.zh-CN.md`].map((file) => join(docs, file));
      await expectTranslation(files);
    });
  });
}

describe('the lines of docs/stream.md and docs/notify.md', () => {
  const relay = sharedWorld();
  const variables = (home: string) => ({ HERALD_SERVER: relay().url(''), HERALD_TOKEN: TOKEN, HOME: home });
  const history = async () => (await relay().request('/v1/devices/phone/messages')).json.messages;

  before(async () => {
    (await relay().device('phone')).ws.terminate();
  });

  it('install the script and send with it', async () => {
    const dir = await tempDir();
    for (const mark of ['run: install', 'run: send', 'run: command']) {
      const { code, output } = await run(await block('notify.md', mark), variables(dir), dir);
      expect(code, `${mark}: ${output}`).to.equal(0);
    }
    const titles = (await history()).map(({ message }: { message: { text: string } }) => message.text);
    expect(titles.slice(0, 3)).to.deep.equal(['backup is done', 'disk is full', 'from a pipe']);
    expect(titles[3]).to.match(/^uname -a: ok after \d+ s$/);
    const codes = [...(await readRows(join(docs, 'notify.md'))).keys()];
    const help = (await run('./notify -h', variables(dir), dir)).output;
    for (const code of codes) expect(help, `exit code ${code}`).to.match(new RegExp(`(?:code: |\\W)${code} `));
  });

  it('read streams, and acknowledge', async () => {
    const dir = await tempDir();
    const mid = (await relay().request('/phone.send?text=hello&wait=0')).json.data.mid;
    for (const mark of ['run: stream', 'run: lines']) {
      const lines: string[] = [];
      linesOf(start(await block('stream.md', mark), variables(dir), dir).stdout).on('line', (line) => lines.push(line));
      await eventually(`${mark} shows the message`, () => lines.some((line) => line.includes(mid)));
    }
    const id = (await history()).at(-1).id;
    const { code, output } = await run(await block('stream.md', 'run: ack'), { ...variables(dir), ID: id }, dir);
    expect([code, JSON.parse(output).acknowledged]).to.deep.equal([0, true]);
  });

  it('tell the limits that there are', async () => {
    const text = await readFile(join(docs, 'stream.md'), 'utf8');
    const { maxListeners, maxListenersPerAddress, maxBuffered } = streamsConfig.parse(undefined);
    for (const shown of [
      `${maxListeners.toLocaleString('en')} (\`streams.maxListeners\`)`,
      `${maxListenersPerAddress} (\`streams.maxListenersPerAddress\`)`,
      `${maxBuffered / 2 ** 20} MiB (\`streams.maxBuffered\`)`,
    ])
      expect(text).to.include(shown);
  });
});
