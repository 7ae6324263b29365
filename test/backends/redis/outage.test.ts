// What sockets do that begin while Redis is away for a moment: they wait for it, so that their clients need not come again.
import { expect } from 'chai';
import { configured, KEY, Wire, wire as wireTo } from '../../dialects/pusher/helpers.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { onRedis } from '../../support/redis/worlds.ts';
import { type World, world } from '../../world.ts';

async function open(config: Record<string, unknown> = {}) {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  const wire = await layWire(redis.port);
  const relay = await world(onRedis(redis.url(wire.port), { config }));
  return { relay, wire };
}

/** Waits until the relay refuses what needs Redis. */
const isAway = (relay: World) =>
  eventually('Redis is away', async () => (await relay.request('/phone.send?text=x&wait=0')).status === 503);

/** A socket that has shown the token of a device. Its answer is not read. */
async function comesBack(relay: World, auth: string) {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', auth, data: { name: 'phone' } });
  // The relay has read the packet before it answers a request that came later.
  await relay.fetch('/up');
  return socket;
}

describe('a socket that begins while Redis is away', () => {
  it('is let in when Redis is back, and gets its messages', async () => {
    const { relay, wire } = await open();
    const before = await relay.device('phone');
    wire.down();
    await isAway(relay);
    const socket = await comesBack(relay, before.auth);
    expect(socket.frames).to.deep.equal([]);
    wire.up();
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
    expect((await before.closed).code).to.equal(4409);
    const { json } = await relay.request('/phone.send?text=hi&wait=0');
    expect((await socket.packet('MESSAGE')).data.mid).to.equal(json.data.mid);
  });

  it('does not take the name from a later one when it is closed meanwhile', async () => {
    const { relay, wire } = await open();
    const { auth, ws } = await relay.device('phone');
    ws.close();
    wire.down();
    await isAway(relay);
    for (let n = 0; n < 5; n += 1) (await comesBack(relay, auth)).ws.terminate();
    const socket = await comesBack(relay, auth);
    wire.up();
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
    const { json } = await relay.request('/phone.send?text=hi&wait=0');
    expect((await socket.packet('MESSAGE')).data.mid).to.equal(json.data.mid);
    await socket.settle();
  });

  it('is refused when Redis stays away for longer than redis.joinTimeout', async () => {
    const { relay, wire } = await open({ redis: { joinTimeout: 0 } });
    const { auth } = await relay.device('phone');
    wire.down();
    await isAway(relay);
    const socket = await comesBack(relay, auth);
    expect(await socket.next()).to.include('Redis is unreachable');
  });

  it('gets a place of an app with a quota when Redis is back', async () => {
    const { relay, wire } = await open({ apps: [configured({ limits: { connections: 2 } })] });
    await wireTo(relay);
    wire.down();
    await isAway(relay);
    const [late, ...rest] = await Promise.all(
      [1, 2].map(async () => new Wire(await relay.socket(`/app/${KEY}?protocol=7`))),
    );
    wire.up();
    const answers = await Promise.all([late, ...rest].map((one) => one?.frame()));
    expect(answers.map((answer) => answer?.event).sort()).to.deep.equal([
      'pusher:connection_established',
      'pusher:error',
    ]);
  });
});
