// What the server of an app is told while nodes and Redis die: each channel is occupied and vacated in turns, and every report
// comes once unless a node died in the middle of the request.
import { expect } from 'chai';
import { type Receiver, receiver } from '../../app-webhooks/receiver.ts';
import { configured, KEY, Wire } from '../../dialects/pusher/helpers.ts';
import { eventually } from '../../support/eventually.ts';
import { connect } from '../../support/socket.ts';
import type { RelayProcess } from '../relay-process.ts';
import { createCluster, TAKEOVER } from './cluster.ts';

const CHANNELS = Array.from({ length: 16 }, (_, n) => `room-${n}`);

/** A subscriber of some channels. */
async function subscriber(node: RelayProcess, channels: readonly string[]): Promise<Wire> {
  const wire = new Wire(await connect(`ws://127.0.0.1:${node.port}/app/${KEY}?protocol=7`));
  await wire.frame();
  for (const channel of channels) {
    wire.send({ event: 'pusher:subscribe', data: { channel } });
    await wire.frame();
  }
  return wire;
}

/** How long subscribers may take to come back after an outage, in ms: longer than they may while a node is alive. */
const RETURN = 5000;

/** What was told of each channel, in its order: `o` occupied, `v` vacated. */
function told(hook: Receiver): Map<string, string> {
  const found = new Map(CHANNELS.map((channel) => [channel, '']));
  for (const body of new Set(hook.requests.map((request) => request.body))) {
    for (const { name, channel } of JSON.parse(body).events as { name: string; channel: string }[]) {
      found.set(channel, `${found.get(channel)}${name === 'channel_occupied' ? 'o' : 'v'}`);
    }
  }
  return found;
}

describe('the webhooks of an app, while nodes die', function () {
  this.timeout(180_000);

  it('tell of one end for each beginning', async () => {
    const hook = await receiver();
    const webhooks = [{ url: hook.url, events: ['channel_occupied', 'channel_vacated'], batch: false }];
    const cluster = await createCluster({
      config: { apps: [configured({ webhooks })], redis: { lease: 2000, timeout: 5000 } },
    });
    let [a, b, c] = await cluster.startAll('a', 'b', 'c');

    const faults: readonly (() => Promise<void>)[] = [
      async () => {
        await b.kill();
        b = await cluster.start('b');
      },
      async () => {
        await cluster.redis.kill();
        await cluster.redis.restart();
      },
      async () => {
        c.signal('SIGTERM');
        await c.exited;
        c = await cluster.start('c');
      },
      async () => {
        await a.kill();
        a = await cluster.start('a');
      },
    ];
    for (const fault of faults) {
      const half = CHANNELS.length / 2;
      const wires = [
        await subscriber(a, CHANNELS.slice(0, half)),
        await subscriber(b, CHANNELS.slice(half / 2, half + half / 2)),
        await subscriber(c, CHANNELS.slice(half)),
      ];
      await fault();
      for (const wire of wires) wire.socket.ws.terminate();
      await cluster.shared([a, b, c], 2 * TAKEOVER);
    }
    const isOver = (found: Map<string, string>) => [...found.values()].every((text) => /^(ov)+$/.test(text));
    await eventually('all channels are vacated', () => told(hook), { until: isOver, limit: 2 * TAKEOVER });
    const stored = await cluster.redis.command('GET', '{herald}:hseq');
    expect(Number(stored)).to.equal([...told(hook).values()].join('').length);
  });

  it('tell of no end for those who come back within returnTimeout when all nodes were killed at once', async () => {
    const hook = await receiver();
    const webhooks = [{ url: hook.url, events: ['channel_occupied', 'channel_vacated'], batch: false }];
    const cluster = await createCluster({
      config: {
        apps: [configured({ webhooks })],
        redis: { lease: 2000, timeout: 5000 },
        websocket: { returnTimeout: RETURN },
      },
    });
    const nodes = await cluster.startAll('a', 'b');
    const [stay, go] = [CHANNELS.slice(0, 8), CHANNELS.slice(8)];
    for (const [at, channel] of CHANNELS.entries()) await subscriber(nodes[at % 2] as RelayProcess, [channel]);
    await eventually('all are told of', () => [...told(hook).values()].every((text) => text === 'o'));

    await Promise.all(nodes.map((node) => node.kill()));
    const started = performance.now();
    const c = await cluster.start('c');
    await cluster.shared([c]);
    await subscriber(c, stay);
    const vacated = () => go.filter((channel) => told(hook).get(channel) === 'ov').length;
    await eventually('the first end is told', () => vacated() > 0, { limit: 2 * TAKEOVER });
    expect(performance.now() - started).to.be.above(RETURN);
    await eventually('all ends are told', () => vacated() === go.length, { limit: TAKEOVER });
    expect(stay.map((channel) => told(hook).get(channel)).join('')).to.equal('o'.repeat(stay.length));
  });
});
