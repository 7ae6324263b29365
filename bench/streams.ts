// The resident memory of an open stream that gets nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { StreamsCall } from './clients/streams.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { startSystem } from './support/systems.ts';

const STREAMS = 1_000;
/** How many streams open before the measurement, because the first ones cause one-time costs, such as compiling. */
const FIRST = 100;
/** Wait in ms before each reading. */
const SETTLE = 1000;
const KB = 2 ** 10;

/** Memory that stays after a collection, as the system sees it. Each stream has a target of its own. */
export const streams: Benchmark = {
  name: 'streams',
  title: 'resident memory per open stream',
  async run() {
    const last = FIRST + openable(STREAMS);
    const sections = { streams: { maxListeners: last, maxListenersPerAddress: last } };
    const system = await startSystem(relay, 'streams', { sections, collects: true });
    const read = async (count: number) => {
      await system.prepare('open', { port: system.port, count } satisfies StreamsCall);
      await sleep(SETTLE);
      return system.memory();
    };
    const before = await read(FIRST);
    const perStream = ((await read(last)) - before) / (last - FIRST) / KB;
    await system.end();
    return compare({
      label: `per stream, ${number(last - FIRST)} open`,
      names: [relay.name],
      measured: once(new Map([[relay.name, perStream]])),
      pick: (kilobytes) => kilobytes,
      unit: 'KB',
      goal: { atMost: 20 },
    });
  },
};
