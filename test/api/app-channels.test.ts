import { createHash, createHmac } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const APPS = [
  { id: '7', key: 'k', secret: 's' },
  { id: '8', key: 'k8', secret: 's8' },
];
const config = { apps: APPS };

/** A socket of the first app on some channels. */
async function subscriber(relay: World, ...channels: string[]) {
  const socket = await relay.socket('/app/k?protocol=7');
  await socket.next();
  for (const channel of channels) {
    socket.send({ event: 'pusher:subscribe', data: { channel } });
    await socket.next();
  }
  return socket;
}

/** Publishes with Pusher's own interface. */
async function publish(relay: World, channels: readonly string[], name: string, data: string): Promise<number> {
  const body = JSON.stringify({ name, channels, data });
  const md5 = createHash('md5').update(body).digest('hex');
  const time = Math.floor(relay.clock.now() / 1000);
  const query = `auth_key=k&auth_timestamp=${time}&auth_version=1.0&body_md5=${md5}`;
  const signature = createHmac('sha256', 's').update(`POST\n/apps/7/events\n${query}`).digest('hex');
  const headers = { 'content-type': 'application/json' };
  const path = `/apps/7/events?${query}&auth_signature=${signature}`;
  return (await relay.fetch(path, { method: 'POST', body, headers })).status;
}

const channelsOf = async (relay: World, query = '') => (await relay.request(`/v1/apps/7/channels${query}`)).json;

describe('GET /v1/apps/:id/channels', () => {
  it('has the channels of an app with their subscriptions, in the order of names', async () => {
    const relay = await world({ config });
    expect(await channelsOf(relay)).to.deep.equal({ channels: [], total: 0, connections: 0 });
    const sockets = [await subscriber(relay, 'b', 'a'), await subscriber(relay, 'a')];
    expect(await channelsOf(relay)).to.deep.equal({
      channels: [
        { name: 'a', subscriptions: 2 },
        { name: 'b', subscriptions: 1 },
      ],
      total: 2,
      connections: 2,
    });
    expect((await channelsOf(relay, '?prefix=b')).channels).to.deep.equal([{ name: 'b', subscriptions: 1 }]);
    for (const { ws } of sockets) ws.terminate();
  });

  it('counts those of all nodes', async () => {
    const [a, b] = await twoWorlds({ config });
    const sockets = [await subscriber(a, 'room'), await subscriber(b, 'room')];
    await eventually('both are counted', async () => {
      const { channels, connections } = await channelsOf(a);
      return channels[0]?.subscriptions === 2 && connections === 2;
    });
    for (const { ws } of sockets) ws.terminate();
  });

  it('is only for owners, for known apps, and not for the app of the relay itself', async () => {
    const relay = await world({ config });
    const { auth } = await relay.device('own');
    const { key } = (await relay.request('/v1/keys', { method: 'POST', body: '{"name":"m","manage":true}' })).json;
    for (const part of ['channels', 'events']) {
      const ask = async (authorization: string, id = '7') =>
        (await relay.fetch(`/v1/apps/${id}/${part}`, { headers: { authorization } })).status;
      expect([await ask('x'), await ask(auth), await ask(key)], part).to.deep.equal([401, 403, 403]);
      for (const id of ['nobody', '__proto__', 'relay', '%00']) expect(await ask(TOKEN, id), id).to.equal(404);
      expect((await relay.request(`/v1/apps/7/${part}?other=1`)).status).to.equal(400);
    }
    expect((await relay.request(`/v1/apps/7/channels?prefix=${'x'.repeat(201)}`)).status).to.equal(400);
  });
});

describe('GET /v1/apps/:id/events', () => {
  it('tells the events of that app as they are published, cut short, and at most 50 a second', async () => {
    const relay = await world({ config });
    const stream = await openStream(relay.url('/v1/apps/7/events'), { authorization: TOKEN });
    await stream.next();
    expect(await publish(relay, ['room', 'hall'], 'hi', 'x'.repeat(2000))).to.equal(200);
    const first = (await stream.next()).data;
    expect(first).to.deep.equal({ at: relay.clock.now(), channel: 'room, hall', name: 'hi', data: 'x'.repeat(1000) });
    for (let count = 0; count < 60; count += 1) await publish(relay, ['room'], `n${count}`, '');
    await relay.clock.tick(1000);
    await publish(relay, ['room'], 'last', '');
    const names: string[] = [];
    let skipped = 0;
    while (names.at(-1) !== 'last') {
      const { event, data } = await stream.next();
      if (event === 'skipped') skipped = data.skipped;
      else if (event === 'event') names.push(data.name);
    }
    expect([names.length, skipped]).to.deep.equal([50, 11]);
    stream.leave();
  });

  it('ends with the token', async () => {
    const relay = await world({ config: { ...config, token: '' } });
    const token = relay.relay.token;
    const stream = await openStream(relay.url('/v1/apps/7/events'), { authorization: token });
    await stream.next();
    await relay.fetch('/v1/token/rotate', { method: 'POST', body: '{}', headers: { authorization: token } });
    await eventually('the stream is over', () => stream.ending !== undefined);
  });
});
