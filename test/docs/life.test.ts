import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readBlocks, run } from '../support/blocks.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pagesOf = (name: string) => [`docs/${name}.md`, `docs/${name}.zh-CN.md`].map((file) => join(root, file));

/** Runs a marked block of a page, and returns the last JSON that it printed. */
function blocksOf(name: string, relay: () => { url(path: string): string }) {
  return async (mark: string, more: Readonly<Record<string, string>> = {}) => {
    const blocks = new Map((await readBlocks(pagesOf(name)[0] ?? '')).map((block) => [block.mark, block.code]));
    const variables = { HERALD_SERVER: relay().url('').replace(/\/$/, ''), HERALD_TOKEN: TOKEN, ...more };
    const { code, output } = await run(blocks.get(`run: ${mark}`) ?? 'false', variables, await tempDir());
    expect(code, mark).to.equal(0);
    return JSON.parse(output.slice(output.lastIndexOf('}{') + 1));
  };
}

for (const name of ['alerts', 'schedule', 'heartbeats', 'emergency', 'manage']) {
  describe(`docs/${name}.md`, () => {
    it('has the same blocks in both languages', async () => {
      const [english, chinese] = await Promise.all(pagesOf(name).map(readBlocks));
      expect(chinese).to.deep.equal(english);
    });
  });
}

describe('docs/alerts.md', () => {
  const relay = forSuite(() => world());
  const play = blocksOf('alerts', relay);

  it('shows how to open, list and close an alert', async () => {
    await relay().device('phone', { acknowledge: true });
    expect((await play('open')).data.status).to.deep.equal({ phone: 'ok' });
    expect((await play('list')).alerts).to.have.length(1);
    expect((await play('close')).data.status).to.deep.equal({ phone: 'ok' });
    expect((await play('list')).alerts).to.have.length(0);
  });
});

describe('docs/manage.md', () => {
  const relay = forSuite(() => world());
  const play = blocksOf('manage', relay);

  it('shows what became of a message', async () => {
    await relay().device('phone', { acknowledge: true });
    await relay().request('/phone.send?text=hello');
    const { messages } = await play('activity');
    expect(messages[0]).to.deep.include({ title: 'hello', target: 'phone', total: 1 });
  });
});

describe('docs/schedule.md', () => {
  const relay = forSuite(() => world());
  const play = blocksOf('schedule', relay);

  it('shows how to schedule, list, skip and cancel', async () => {
    expect((await play('in')).data.scheduled).to.equal(relay().clock.now() + 300_000);
    expect((await play('cron')).data.id).to.equal('standup');
    expect(await play('manage')).to.deep.equal({ cancelled: 'standup' });
  });

  it('shows how to send once', async () => {
    await relay().device('phone', { acknowledge: true });
    expect(await play('once')).to.deep.equal(await play('once'));
  });
});

describe('docs/heartbeats.md', () => {
  const relay = forSuite(() => world());
  const play = blocksOf('heartbeats', relay);

  it('shows how to give signs, tell a failure, and list', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    expect((await play('beat')).beat).to.include({ key: 'backup', state: 'up', every: 86_400_000 });
    await play('failure');
    expect((await phone.packet('MESSAGE')).data.message).to.include({ desp: 'no space left' });
    const [{ state, runs }] = (await play('list')).beats;
    expect([state, runs.length]).to.deep.equal(['failed', 2]);
  });
});

describe('docs/emergency.md', () => {
  const relay = forSuite(() => world());
  const play = blocksOf('emergency', relay);

  it('shows how to begin, escalate, acknowledge and end an emergency', async () => {
    await relay().device('phone', { acknowledge: true });
    await relay().device('tablet', { acknowledge: true, group: 'ops' });
    const first = (await play('begin')).data;
    expect(first.status).to.deep.equal({ phone: 'ok' });
    const second = (await play('escalate')).data;
    const stateOf = async ({ receipt }: { receipt: string }) =>
      (await relay().request(`/v1/answers/${receipt}`)).json.state;
    expect([await stateOf(first), await stateOf(second)]).to.deep.equal(['cancelled', 'open']);
    expect(await play('acknowledge', { RECEIPT: second.receipt })).to.deep.equal({ acknowledged: true });
    expect(await stateOf(second)).to.equal('answered');
    expect((await play('ok')).data).not.to.have.property('receipt');
  });
});
