// What an app's server is told when several nodes share one Redis: each thing once, whoever saw it, and whoever dies.
import { expect } from 'chai';
import { REPORTED_EVENTS } from '../../server/app-webhooks/event-report.ts';
import { client, configured, joined, serverOf, signing, wire } from '../dialects/pusher/helpers.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis } from '../support/redis/server.ts';
import { type FaultWire, layWire } from '../support/redis/wire.ts';
import { type World, world } from '../world.ts';
import { type Receiver, receiver } from './receiver.ts';

const EVENTS = REPORTED_EVENTS.filter((name) => name !== 'server_event');

/** Relays on one Redis, each behind a wire of its own, with an app whose hook is told everything. */
async function setUp(nodes: number, options: Record<string, unknown> = {}) {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  const hook = await receiver();
  const webhooks = [{ url: hook.url, events: EVENTS, batch: false }];
  const apps = [configured({ webhooks, ...options })];
  const worlds: World[] = [];
  const wires: FaultWire[] = [];
  for (let node = 0; node < nodes; node += 1) {
    const fault = await layWire(redis.port);
    wires.push(fault);
    const config = { apps, redis: { url: redis.url(fault.port), timeout: 10_000, lease: 2000 } };
    worlds.push(await world({ realTime: true, config }));
  }
  // A node that dies before it has heard of the others seems to have been the only one.
  const parts = async () =>
    (await worlds[0]?.request('/v1/nodes'))?.json.nodes.map(({ shards }: { shards: number }) => shards);
  await eventually('each node has its part of the work', parts, {
    until: (shards: number[]) => shards.length === nodes && Math.min(...shards) > 0,
  });
  // A relay that is cut off cannot say that it leaves.
  onCleanup(() => {
    for (const fault of wires) fault.up();
  });
  return { hook, worlds, wires };
}

/** What the hook was told, as `name channel user`; a report that came again counts once. */
function told(hook: Receiver, names: readonly string[] = EVENTS): string[] {
  const bodies = [...new Set(hook.requests.map(({ body }) => body))];
  const events = bodies.flatMap((body) => (JSON.parse(body) as { events: Record<string, unknown>[] }).events);
  const wanted = events.filter(({ name }) => names.includes(String(name)));
  return wanted.map((event) =>
    ['name', 'channel', 'user_id', 'subscription_count', 'event']
      .map((key) => event[key])
      .filter((word) => word !== undefined)
      .join(' '),
  );
}

const count = (list: readonly string[], text: string) => list.filter((one) => one === text).length;

describe('an app of several nodes', () => {
  it('is told once of what happens on any of them', async () => {
    const { hook, worlds } = await setUp(2, { clientEvents: true, subscriptionCount: true });
    const [one, two] = worlds as [World, World];
    const near = await client(one, signing(serverOf(one), { id: 'u1' }));
    const far = await client(two, signing(serverOf(two), { id: 'u1' }));
    for (const pusher of [near, far]) {
      for (const channel of ['room', 'presence-x', 'private-x', 'cache-x']) await joined(pusher, channel);
    }
    far.channel('private-x').trigger('client-hi', {});
    await eventually('the client event is told', () => told(hook).includes('client_event private-x client-hi'));
    near.disconnect();
    await eventually('the count is told', () => count(told(hook), 'subscription_count room 1') === 2);
    expect(told(hook, ['channel_vacated', 'member_removed'])).to.deep.equal([]);
    far.disconnect();
    await eventually('everybody has left', () => told(hook, ['channel_vacated']).length === 4);
    const channels = ['room', 'presence-x', 'private-x', 'cache-x'];
    expect(told(hook).sort()).to.deep.equal(
      [
        ...channels.flatMap((channel) => [`channel_occupied ${channel}`, `channel_vacated ${channel}`]),
        'member_added presence-x u1',
        'member_removed presence-x u1',
        ...['room', 'private-x', 'cache-x'].flatMap((channel) =>
          [1, 2, 1].map((n) => `subscription_count ${channel} ${n}`),
        ),
        'client_event private-x client-hi',
        'cache_miss cache-x',
      ].sort(),
    );
    expect(hook.requests, 'no report came again').to.have.length(told(hook).length);
  });

  it('is told of every channel of a node that dies that it is vacated, once, and of no channel of others', async () => {
    const { hook, worlds, wires } = await setUp(3);
    const [one, two, three] = worlds as [World, World, World];
    const names = Array.from({ length: 12 }, (_, n) => `c${n}`);
    const [first, second] = [await wire(one), await wire(two)];
    for (const name of names) await first.join(name);
    for (const name of names.slice(0, 4)) await second.join(name);
    await eventually('all are told', () => told(hook, ['channel_occupied']).length === names.length);
    wires[0]?.down();
    await eventually('the channels of the dead are vacated', () => {
      return told(hook, ['channel_vacated']).length >= names.length - 4;
    });
    const [last] = [await wire(three)];
    await last.join('after');
    await eventually('life goes on', () => told(hook).includes('channel_occupied after'));
    expect(told(hook, ['channel_vacated']).sort()).to.deep.equal(
      names
        .slice(4)
        .map((name) => `channel_vacated ${name}`)
        .sort(),
    );
    expect(told(hook, ['channel_occupied']).sort()).to.deep.equal(
      [...names, 'after'].map((name) => `channel_occupied ${name}`).sort(),
    );
  });

  it('is told that a channel is vacated, once for each time that it was occupied, while nodes come and go', async () => {
    const { hook, worlds } = await setUp(2);
    const [one, two] = worlds as [World, World];
    const names = Array.from({ length: 8 }, (_, n) => `c${n}`);
    const [near, far] = [await wire(one), await wire(two)];
    for (const name of names) await near.join(name);
    for (const name of names.slice(0, 4)) await far.join(name);
    await one.stop();
    await eventually('the channels of one node are vacated', () => {
      return told(hook, ['channel_vacated']).length === 4;
    });
    far.socket.ws.close();
    await eventually('all channels are vacated', () => told(hook, ['channel_vacated']).length === names.length);
    const all = told(hook, ['channel_occupied', 'channel_vacated']).sort();
    expect(all).to.deep.equal(names.flatMap((name) => [`channel_occupied ${name}`, `channel_vacated ${name}`]).sort());
  });
});
