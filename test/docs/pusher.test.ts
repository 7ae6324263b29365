import { once } from 'node:events';
import { expect } from 'chai';
import { linesOf, start } from '../support/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { describePage, type Line, type PageOptions, runLines } from '../support/page.ts';
import { world } from '../world.ts';

async function receives({ code, relay, variables, dir }: Line): Promise<void> {
  const shown = once(linesOf(start(`exec ${code}`, variables, dir).stdout), 'line');
  const base = new URL(variables['HERALD_SERVER'] ?? '').pathname.replace(/\/$/, '');
  await eventually('tablet is known', async () => {
    const { devices } = (await relay.request(`${base}/v1/devices`)).json;
    return devices.some(({ name }: { name: string }) => name === 'tablet');
  });
  const { json } = await relay.request(`${base}/family.group?text=hi&desp=there`);
  expect(json.data.status).to.deep.equal({ tablet: 'ok' });
  expect(await shown).to.deep.equal(['hi there']);
}

/** The lines, with a relay whose paths all begin in the same way. */
const at = (basePath: string): PageOptions => ({
  relay: (page) => world({ config: { ...page.config('apps'), http: { basePath } } }),
  variables: async (relay) => ({ HERALD_SERVER: `${relay.url('')}${basePath}` }),
  steps: {
    publish: async ({ play, relay }) => {
      const socket = await relay.socket(`${basePath}/app/app-key?protocol=7`);
      await socket.next();
      socket.send({ event: 'pusher:subscribe', data: { channel: 'news' } });
      await socket.next();
      await play();
      expect(JSON.parse(await socket.next())).to.deep.equal({ event: 'hello', channel: 'news', data: '{"text":"hi"}' });
    },
    phone: receives,
  },
});

describePage('docs/pusher', at(''), (page) => {
  it('has a device that works below a prefix', async () => {
    const { phone } = at('/mpush').steps ?? {};
    await runLines(page, { ...at('/mpush'), steps: { publish: async () => {}, ...(phone && { phone }) } });
  });
});
