import { expect } from 'chai';
import { type World, world } from '../world.ts';

async function send(relay: World, path: string): Promise<string> {
  return (await relay.request(path)).json.data.mid;
}

const mark = (relay: World, body: unknown) =>
  relay.request('/v1/reads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('GET /v1/messages/:mid', () => {
  it('returns the status of every recipient', async () => {
    const relay = await world();
    const device = await relay.device('__proto__', { group: 'g', acknowledge: true });
    const away = await relay.device('b', { group: 'g' });
    away.ws.terminate();
    const mid = await send(relay, '/g.group?wait=0&text=x');
    // The message is there after the first answer, and its acknowledgement before the second.
    await device.settle();
    await device.settle();
    const { status, text } = await relay.request(`/v1/messages/${mid}`);
    expect(status).to.equal(200);
    expect(text).to.equal(`{"mid":"${mid}","status":{"__proto__":"ok","b":"ready"}}`);
  });

  it('answers 404 for an unknown message, and refuses an invalid mid', async () => {
    const relay = await world();
    expect((await relay.request('/v1/messages/1')).status).to.equal(404);
    for (const mid of ['x', '-1', '1.5', '9'.repeat(17), '%ZZ', '1%00']) {
      expect((await relay.request(`/v1/messages/${mid}`)).status, mid).to.equal(400);
    }
    expect((await relay.fetch('/v1/messages/1')).status).to.equal(401);
  });
});

describe('POST /v1/reads', () => {
  it('marks messages as read once, for every device', async () => {
    const relay = await world();
    await relay.device('a', { acknowledge: true });
    const [one, two] = [await send(relay, '/a.send?text=1'), await send(relay, '/a.send?text=2')];
    expect((await mark(relay, { mids: [two] })).status).to.equal(200);
    expect((await mark(relay, { mids: [two, one, '1'] })).status).to.equal(200);
    const { messages } = (await relay.request('/v1/devices/a/messages')).json;
    expect(messages.map(({ read }: { read: boolean }) => read)).to.deep.equal([true, true]);
    const all = (await relay.request('/v1/reads')).json;
    expect(all.mids.filter((mid: string) => mid !== '1')).to.deep.equal([two, one]);
    expect((await relay.request(`/v1/reads?cursor=${all.cursor}`)).json.mids).to.deep.equal([]);
    expect((await relay.request('/v1/reads?limit=1')).json.mids).to.deep.equal([two]);
  });

  it('refuses invalid mids, and then marks nothing', async () => {
    const relay = await world();
    const bodies = [
      {},
      { mids: 'x' },
      { mids: [1] },
      { mids: ['x'] },
      { mids: [null] },
      { mids: ['1', {}] },
      { mids: Array(1001).fill('1') },
    ];
    for (const body of bodies)
      expect((await mark(relay, body)).status, JSON.stringify(body).slice(0, 40)).to.equal(400);
    expect((await relay.request('/v1/reads')).json.mids).to.deep.equal([]);
    for (const query of ['cursor=x', 'limit=1001'])
      expect((await relay.request(`/v1/reads?${query}`)).status).to.equal(400);
  });
});

describe('POST /v1/check', () => {
  const check = (relay: World, authorization: string) =>
    relay.fetch('/v1/check', { method: 'POST', headers: { authorization } });

  it('says that a device without a subscription has none', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    expect((await check(relay, auth)).json).to.deep.equal({ mid: '', outcome: 'no_subscription' });
    expect((await relay.request('/v1/check', { method: 'POST' })).status).to.equal(403);
  });

  it('says that web push is off', async () => {
    const relay = await world({ config: { webpush: { enabled: false } } });
    const { auth } = await relay.device('a');
    expect((await check(relay, auth)).json).to.deep.equal({ mid: '', outcome: 'off' });
  });
});
