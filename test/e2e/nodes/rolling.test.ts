// Three nodes that are restarted one after the other under load. Senders try again after 503, devices connect again.
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { historyOf, Outside } from '../outside.ts';
import type { RelayProcess } from '../relay-process.ts';
import { createCluster } from './cluster.ts';

const NAMES = ['a', 'b', 'c'];
const DEVICES = ['phone', 'tablet', 'offline'];

describe('a rolling restart of three nodes', function () {
  this.timeout(240_000);

  it('loses nothing, and hands everything over in order', async () => {
    const outside = new Outside(Math.random, true, 10);
    const { ledger } = outside;
    const cluster = await createCluster({ config: { websocket: { retryTimeout: 100 } } });
    const nodes = new Map<string, RelayProcess>();
    for (const [at, node] of (await cluster.startAll(...NAMES)).entries()) nodes.set(NAMES[at] ?? '', node);
    let turn = 0;
    const pick = () => {
      turn += 1;
      return [...nodes.values()][turn % nodes.size] as RelayProcess;
    };
    ledger.nextRound();
    for (const device of DEVICES) await outside.resident(pick, device, () => 'socket');
    outside.load(pick);
    for (const name of NAMES) {
      await ledger.facts(100);
      const node = nodes.get(name);
      if (nodes.delete(name)) node?.signal('SIGTERM');
      expect(await node?.exited, 'exit code').to.equal(0);
      nodes.set(name, await cluster.start(name));
      await cluster.shared([...nodes.values()]);
    }
    await ledger.facts(100);
    for (const device of DEVICES) {
      const left = async () => (await historyOf(pick(), device)).filter(({ status }) => status !== 'ok');
      // Some are always on their way while senders go on.
      await eventually(`${device} gets its messages`, left, { until: (open) => open.length < 20 });
    }
    await outside.stop();
    for (const device of DEVICES) ledger.compare(device, await historyOf(pick(), device));
    if (ledger.fault !== undefined) throw ledger.fault;
    for (const node of nodes.values()) {
      expect(node.log.filter((line) => line.includes('a node is dead'))).to.deep.equal([]);
    }
  });
});
