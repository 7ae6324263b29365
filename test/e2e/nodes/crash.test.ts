// Three nodes under load, of which one is killed again and again, or their Redis: nothing that was acknowledged is lost or
// sent again.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { historyOf, type Manner, Outside } from '../outside.ts';
import { seeded } from '../random.ts';
import type { RelayProcess } from '../relay-process.ts';
import { createCluster, TAKEOVER } from './cluster.ts';

const ROUNDS = 20;
/** On a busy machine a quarter of them will do; in ms. */
const LONG = 60_000;
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
};

describe('three nodes that are killed again and again, and their Redis', function () {
  this.timeout(300_000);

  it('lose no accepted message, repeat no acknowledged one, and deliver the rest in order', async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const below = (count: number) => Math.floor(random() * count);
    const outside = new Outside(random, true);
    const { ledger } = outside;
    const cluster = await createCluster({ config: CONFIG });
    const nodes = new Map<string, RelayProcess>();
    for (const [at, node] of (await cluster.startAll(...NAMES)).entries()) nodes.set(NAMES[at] ?? '', node);
    const pick = () => [...nodes.values()][below(nodes.size)] as RelayProcess;
    const manners: readonly Manner[] = ['socket', 'http', 'none'];
    let what = '';

    async function killNode(): Promise<void> {
      const name = NAMES[below(NAMES.length)] ?? '';
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
      await enough;
      for (let turns = random() * TURNS; turns > 0; turns -= 1) await nextTurn();
      await (random() < 0.7 ? killNode() : killRedis());
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
      (await outside.device(pick(), 'offline', () => 'none')).ws.terminate();
      const began = Date.now();
      while (ledger.round < ROUNDS && (ledger.round < ROUNDS / 4 || Date.now() - began < LONG)) await round();
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
