// Three nodes under load, of which one is killed again and again, or their Redis: nothing that was acknowledged is lost or
// sent again.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { type Receiver, receiver } from '../../app-webhooks/receiver.ts';
import { configured, KEY, Wire } from '../../dialects/pusher/helpers.ts';
import { eventually } from '../../support/eventually.ts';
import { connect, type TestSocket } from '../../support/socket.ts';
import { Emergencies } from '../emergencies.ts';
import { historyOf, type Manner, Outside } from '../outside.ts';
import { seeded } from '../random.ts';
import type { RelayProcess } from '../relay-process.ts';
import { createCluster, TAKEOVER } from './cluster.ts';

/**
 * With HERALD_SOAK_MINUTES, the test runs that long, prints what the node holds that is never killed, and sends less, so that
 * the histories stay short: HERALD_SOAK_MINUTES=10 npx mocha test/e2e/nodes/crash.test.ts
 */
const SOAK = 60_000 * Number(process.env['HERALD_SOAK_MINUTES'] ?? 0);
const ROUNDS = 20;
/** On a busy machine a quarter of them will do; in ms. */
const LONG = 15_000;
/** Facts after which something is killed, at most. */
const LONGEST_ROUND = 200;
/** The most turns of the event loop between the last awaited fact and the kill: some ms. */
const TURNS = 1000;
const NAMES = ['a', 'b', 'c'];
const DEVICES = ['phone', 'tablet', 'offline'];
const CONFIG = {
  redis: { lease: 2000 },
  websocket: { retryTimeout: 100, waitTimeout: 500 },
  http: { waitTimeout: 500 },
  storage: { maxQueued: 100_000 },
  emergencies: { minRetry: 1000 },
};
const EVENTS = ['channel_occupied', 'channel_vacated'];
/** Sockets of an app in each round, and the channels that they join. */
const SUBSCRIBERS = 4;
const CHANNELS = 3;

/** Subscribes a socket to a channel of the app. It may fail, because the node may die meanwhile. */
async function subscribe(node: RelayProcess, channel: string, open: Set<TestSocket>): Promise<void> {
  const socket = await connect(`ws://127.0.0.1:${node.port}/app/${KEY}`, { handshakeTimeout: 5000 });
  open.add(socket);
  const wire = new Wire(socket);
  wire.id = JSON.parse((await wire.frame()).data).socket_id;
  await wire.join(channel);
}

/** What the app was told of each channel, without what it was told again because its answer was lost. */
function edgesOf({ requests }: Receiver): Map<string, string[]> {
  const edges = new Map<string, string[]>();
  for (const [at, { body, events }] of requests.entries()) {
    if (requests.findIndex((one) => one.body === body) !== at) continue;
    for (const { name, channel } of events) edges.set(channel, [...(edges.get(channel) ?? []), name]);
  }
  return edges;
}

describe('three nodes that are killed again and again, and their Redis', function () {
  this.timeout(300_000 + 2 * SOAK);

  it('lose no accepted message, repeat no acknowledged one, deliver the rest in order, and send each round of an emergency once', async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const below = (count: number) => Math.floor(random() * count);
    const outside = new Outside(random, true, SOAK > 0 ? 100 : 0);
    const { ledger } = outside;
    const emergencies = new Emergencies(random, 'siren');
    const hooks = await receiver();
    const apps = [configured({ webhooks: [{ url: hooks.url, events: EVENTS, batch: false }] })];
    const cluster = await createCluster({ config: { ...CONFIG, apps } });
    const nodes = new Map<string, RelayProcess>();
    for (const [at, node] of (await cluster.startAll(...NAMES)).entries()) nodes.set(NAMES[at] ?? '', node);
    const pick = () => [...nodes.values()][below(nodes.size)] as RelayProcess;
    const manners: readonly Manner[] = ['socket', 'http', 'none'];
    const open = new Set<TestSocket>();
    let what = '';

    async function killNode(): Promise<void> {
      const mortal = SOAK > 0 ? NAMES.slice(1) : NAMES;
      const name = mortal[below(mortal.length)] ?? '';
      what = `${what} ${name}`;
      const node = nodes.get(name);
      nodes.delete(name);
      await node?.kill();
      // Sometimes the others have done its work for a while when it comes back, sometimes they have not noticed.
      if (random() < 0.5) await cluster.shared([...nodes.values()]);
      await ledger.facts(below(LONGEST_ROUND));
      nodes.set(name, await cluster.start(name));
    }

    async function killRedis(): Promise<void> {
      what = `${what} Redis`;
      await cluster.redis.kill();
      for (let turns = random() * TURNS; turns > 0; turns -= 1) await nextTurn();
      await cluster.redis.restart();
      await ledger.facts(below(LONGEST_ROUND));
    }

    async function round(): Promise<void> {
      ledger.nextRound();
      await outside.resident(pick, 'phone', () => 'socket');
      await outside.resident(pick, 'tablet', () => manners[below(manners.length)] ?? 'none');
      const enough = ledger.facts(1 + below(LONGEST_ROUND));
      outside.load(pick);
      const asking = emergencies.run(pick());
      const wires = Array.from({ length: SUBSCRIBERS }, () =>
        subscribe(pick(), `channel-${below(CHANNELS)}`, open).catch(() => undefined),
      );
      await enough;
      for (let turns = random() * TURNS; turns > 0; turns -= 1) await nextTurn();
      await (random() < 0.7 ? killNode() : killRedis());
      await Promise.all([...wires, asking]);
      for (const { ws } of open) ws.terminate();
      open.clear();
      await outside.stop();
      if (ledger.fault !== undefined) throw ledger.fault;
      await compare();
    }

    async function compare(): Promise<void> {
      for (const device of DEVICES) {
        const kept = await eventually(`the history of ${device} is there`, () => historyOf(pick(), device), {
          limit: TAKEOVER,
        });
        ledger.compare(device, kept);
      }
      if (ledger.fault !== undefined) throw ledger.fault;
    }

    try {
      for (const name of ['offline', 'siren']) (await outside.device(pick(), name, () => 'none')).ws.terminate();
      const began = Date.now();
      const isLong = () => Date.now() - began >= (SOAK > 0 ? SOAK : LONG);
      const before = await nodes.get('a')?.memory();
      while ((SOAK > 0 || ledger.round < ROUNDS) && (ledger.round < ROUNDS / 4 || !isLong())) await round();
      if (SOAK > 0)
        console.log({ before, after: await nodes.get('a')?.memory(), rounds: ledger.round, ...ledger.totals });
      const rounds = ledger.round;

      ledger.nextRound();
      await cluster.shared([...nodes.values()]);
      for (const device of DEVICES) await outside.resident(pick, device, () => 'socket');
      for (const device of DEVICES) {
        const left = async () => (await historyOf(pick(), device)).filter(({ status }) => status !== 'ok').length;
        await eventually(`everything for ${device} is ok`, left, { until: (count) => count === 0, limit: 60_000 });
      }
      await outside.stop();
      await compare();
      expect(await emergencies.check(pick()), 'rounds of emergencies').to.be.above(rounds);
      const ends = () => edgesOf(hooks);
      const pairs = (edges: readonly string[]) => edges.every((edge, at) => edge === EVENTS[at % 2]);
      await eventually('every channel is vacated as often as it was occupied', ends, {
        until: (edges) => [...edges.values()].every((some) => some.length % 2 === 0 && pairs(some)),
        limit: 30_000,
      });
      // Far below what is usual: how much a round brings is left to chance.
      const { replies, deliveries, settled } = ledger.totals;
      expect(replies, 'replies').to.be.above(5 * rounds);
      expect(deliveries, 'deliveries').to.be.above(5 * rounds);
      expect(settled, 'settled deliveries').to.be.above(rounds);
    } catch (error) {
      const text = `round ${ledger.round}, seed ${seed}, killed${what}: ${(error as Error).message}`;
      throw new Error(text, { cause: error });
    }
  });
});
