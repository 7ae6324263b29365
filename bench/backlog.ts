// Messages that wait for a device: how long until it has them all when it connects.
import type { Benchmark } from './benchmark.ts';
import type { BacklogCall } from './clients/backlog.ts';
import { type Contender, stepOf } from './contenders/contender.ts';
import { bare } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { compare } from './support/comparison.ts';
import { number } from './support/format.ts';
import { type Measured, measure, type Work } from './support/slices.ts';
import { typical } from './support/stats.ts';

async function drain(contender: Contender, count: number): Promise<Measured<Work>> {
  const server = await contender.start();
  const load = new Child('bench/clients/backlog');
  const call = { port: server.port, count } satisfies BacklogCall;
  await load.call('queue', call);
  const drained = await measure(server, load, () => load.call<Work>('drain', call));
  await Promise.all([server.end(), load.end()]);
  return drained;
}

/** One device that was away. It acknowledges each message, and all of them come in order. */
export const backlog: Benchmark = {
  name: 'backlog',
  title: 'waiting messages to a device that connects, in order, each acknowledged',
  async run({ rounds, queued, others }) {
    const contenders = [relay, bare, ...others.filter((one) => one.sends)];
    const measured: Map<string, Measured<Work>[]>[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const slices = new Map<string, Measured<Work>[]>();
      for (const contender of contenders) {
        slices.set(contender.name, [await stepOf(contender, drain(contender, queued))]);
      }
      measured.push(slices);
    }
    return compare({
      label: `time to the last of ${number(queued)}`,
      names: contenders.map(({ name }) => name),
      measured,
      pick: ({ ms }) => ms,
      unit: 'ms',
      goal: { atMost: queued * 0.03 },
      details: (name) => `CPU ${number(typical(measured, name, ({ cpu }) => cpu))} µs each`,
    });
  },
};
