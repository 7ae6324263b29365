// How long the work of a node rests after the node was killed or stopped in order.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import type { ConnectCall, ReachCall } from './clients/takeover.ts';
import { Cluster } from './contenders/cluster.ts';
import { Child } from './support/child.ts';
import { number } from './support/format.ts';
import { quantile, spread } from './support/stats.ts';

const NODES = 3;
/** Devices on each node that stays; together there are more than shards, so that the dead node had some of them. */
const WATCHED = 100;
/** How often a node is killed in a full run, and how often one stops. */
const KILLS = 50;
const STOPS = 10;
const FULL_ROUNDS = 3;
/** How long in ms a takeover may take at all. */
const REACH = 30_000;

/** @returns the times in ms until each device has a message that was sent when the node ended */
async function ends(how: 'end' | 'close', times: number): Promise<number[]> {
  const cluster = await Cluster.start(NODES, {});
  const load = new Child('bench/clients/takeover');
  const ports = cluster.ports.slice(0, -1);
  const [port = 0] = ports;
  const reach = async () => (await load.call<{ ms: number }>('reach', { port, limit: REACH } satisfies ReachCall)).ms;
  await load.call('connect', { ports, each: WATCHED } satisfies ConnectCall);
  const took: number[] = [];
  while (took.length < times) {
    await cluster.settled();
    await reach();
    const ended = cluster.remove(how);
    // A killed node is dead before the first message is sent.
    if (how === 'end') await sleep(1);
    took.push(await reach());
    await ended;
    await cluster.add();
  }
  await Promise.all([cluster.end(), load.end()]);
  return took;
}

/** One of three nodes ends, again and again. Devices are on the other two. */
export const takeover: Benchmark = {
  name: 'takeover',
  title: 'one of three nodes ends, until all devices of the others have a message',
  onlyByName: true,
  async run({ rounds }: Pace): Promise<Figure[]> {
    const share = Math.min(1, rounds / FULL_ROUNDS);
    const [killed, stopped] = [
      await ends('end', Math.ceil(KILLS * share)),
      await ends('close', Math.ceil(STOPS * share)),
    ];
    const figure = (label: string, times: readonly number[], value: readonly number[], atMost: number): Figure => ({
      label,
      value: spread(value),
      unit: 'ms',
      goal: { atMost },
      details: `${times.length} times · median ${number(quantile(times, 0.5))} ms, longest ${number(Math.max(...times))} ms`,
    });
    return [
      figure('a killed node, 99th percentile', killed, [quantile(killed, 0.99)], 5_000),
      figure('a node that stops in order, median', stopped, stopped, 500),
    ];
  },
};
