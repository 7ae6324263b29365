import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { quietConfig } from '../../server/api/quiet-config.ts';
import { cli } from '../cli/harness.ts';
import { readBlocks, run } from '../support/blocks.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['docs/quiet-hours.md', 'docs/quiet-hours.zh-CN.md'].map((file) => join(root, file));

describe('docs/quiet-hours.md', () => {
  const relay = forSuite(async () => {
    const made = await world();
    await made.device('phone', { acknowledge: true });
    return made;
  });
  const blocks = async () => readBlocks(pages[0] ?? '');
  const phone = async () => (await relay().request('/v1/devices')).json.devices[0];

  async function play(mark: string): Promise<string> {
    const block = (await blocks()).find((one) => one.mark === `run: ${mark}`);
    const variables = { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN };
    const { code, output } = await run(block?.code ?? 'false', variables, await tempDir());
    expect(code, mark).to.equal(0);
    return output;
  }

  it('has the same blocks in both languages', async () => {
    const [english, chinese] = await Promise.all(pages.map(readBlocks));
    expect(chinese).to.deep.equal(english);
  });

  it('shows how to set hours, on the command line and over HTTP', async () => {
    const line = (await blocks()).find(({ mark }) => mark === 'run: cli')?.code ?? '';
    const [, ...args] = line.trim().split(' ');
    expect((await cli([...args, '--server', relay().url(), '--token', TOKEN])).code).to.equal(0);
    expect((await phone()).quiet).to.deep.equal({ from: '22:30', to: '07:00', tz: 'Europe/Berlin' });
    expect(JSON.parse(await play('set')).quiet.let).to.deep.equal({ priority: 5, keys: ['door'] });
    expect(JSON.parse(await play('break')).data.status).to.deep.equal({ phone: 'ok' });
  });

  it('shows hours that the config takes', async () => {
    const json = (await blocks()).find(({ language }) => language === 'json')?.code ?? '';
    expect(quietConfig.safeParse(JSON.parse(json).quiet).success).to.equal(true);
  });

  it('shows how to mute and to end that', async () => {
    await play('mute');
    expect((await phone()).mutes).to.deep.equal([
      { sender: 'ci', until: relay().clock.now() + 7_200_000 },
      { key: 'disk' },
    ]);
    await play('unmute');
    expect((await phone()).mutes).to.have.length(1);
  });
});
