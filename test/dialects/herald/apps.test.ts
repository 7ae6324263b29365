import { expect } from 'chai';
import { type World, world } from '../../world.ts';
import { rawWire, wire } from '../pusher/hands.ts';

const send = (relay: World, path: string, body: unknown) =>
  relay.request(path, { method: 'POST', body: JSON.stringify(body) });

describe('/v1/apps', () => {
  it('makes an app that is live at once and after a restart, and ends it with its connections', async () => {
    const relay = await world();
    const made = await send(relay, '/v1/apps', { id: 'shop', clientEvents: true });
    expect(made.status).to.equal(201);
    expect(made.json).to.have.all.keys('id', 'key', 'secret');
    await wire(relay, made.json.key);
    await relay.stop();
    await relay.start();
    const one = await wire(relay, made.json.key);
    const { text, json } = await relay.request('/v1/apps');
    expect(text).not.to.contain(made.json.secret);
    expect(json.apps.at(-1)).to.deep.equal({
      id: 'shop',
      enabled: true,
      keys: [{ key: made.json.key, active: true }],
      registered: true,
    });
    expect((await relay.request('/v1/apps/shop', { method: 'DELETE' })).json).to.deep.equal({ removed: 'shop' });
    expect((await one.socket.closed).code).to.equal(4001);
    expect((await (await rawWire(relay, `/app/${made.json.key}`)).socket.closed).code).to.equal(4001);
    expect((await relay.request('/v1/apps/shop', { method: 'DELETE' })).status).to.equal(404);
  });

  it('gives a new key, and retires the one before the last', async () => {
    const relay = await world();
    const { json: first } = await send(relay, '/v1/apps', { id: 'shop' });
    const { json: second } = await send(relay, '/v1/apps/shop/keys', {});
    const one = await wire(relay, first.key);
    one.subscribe('private-a', undefined, second.key, second.secret);
    expect((await one.frame()).event).to.equal('pusher_internal:subscription_succeeded');
    const { json: third } = await send(relay, '/v1/apps/shop/keys', {});
    one.subscribe('private-b', undefined, first.key, first.secret);
    expect((await one.frame()).data.message).to.match(/^Invalid key/);
    await wire(relay, second.key);
    await send(relay, '/v1/apps/shop/keys', { retire: true });
    for (const { key } of [first, second, third]) {
      expect((await (await rawWire(relay, `/app/${key}`)).socket.closed).code).to.equal(4001);
    }
    await relay.stop();
    await relay.start();
    const { json } = await relay.request('/v1/apps');
    expect(json.apps.at(-1).keys.map(({ active }: { active: boolean }) => active)).to.deep.equal([
      false,
      false,
      false,
      true,
    ]);
  });

  it('refuses what is wrong, what is taken, and who does not hold the token', async () => {
    const relay = await world({ config: { apps: [{ id: '1', key: 'k', secret: 's' }] } });
    const wrong = [
      {},
      { id: 'relay' },
      { id: '1' },
      { id: 'a', key: 'k', secret: 's' },
      { id: 'a', key: 'x' },
      { id: 'a', unknown: true },
      { id: 'a:b' },
      { id: 'a', limits: { batch: 'many' } },
      [],
    ];
    for (const body of wrong) expect((await send(relay, '/v1/apps', body)).status, JSON.stringify(body)).to.equal(400);
    expect((await send(relay, '/v1/apps/1/keys', {})).status).to.equal(403);
    expect((await send(relay, '/v1/apps/nobody/keys', {})).status).to.equal(404);
    expect((await relay.request('/v1/apps/relay', { method: 'DELETE' })).status).to.equal(403);
    const { auth } = await relay.device('phone');
    expect((await relay.request('/v1/apps', { headers: { authorization: auth } })).status).to.equal(403);
    expect((await relay.fetch('/v1/apps')).status).to.equal(401);
    expect((await relay.request('/v1/apps')).json.apps).to.have.length(2);
  });
});
