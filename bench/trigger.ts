// Triggers to a channel with one subscriber, and with more and more unrelated channels and sockets.
import type { Benchmark, Figure } from './benchmark.ts';
import type { CrowdCall, TriggerCall as CrowdTriggerCall } from './clients/publishers.ts';
import type { TriggerCall } from './clients/subscribers.ts';
import { raw } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compareCpu } from './support/comparison.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';
import { startSystem, startWithSubscribers, withSystems } from './support/systems.ts';

const FEW = 10;
const CROWDS = [1_000, 10_000];
const BYTES = 300;
const CROWD_CONCURRENCY = 16;
/** What sockudo, a relay in Rust, needs as a multiple of the floor: 0.081 ms to 0.034 ms. */
const SOCKUDO = 2.4;
/** Length of the warm-up, in slices. */
const WARM_UP = 3;

interface Triggered extends Work {
  readonly p50: number;
}

const sections = { apps: [APP], ...PINGS };

/** The relay with crowds of different sizes, so that the cost of a trigger can be seen to depend on none of them. */
async function growth(rounds: number, slice: number): Promise<Figure[]> {
  const crowds = [FEW, ...CROWDS.map(openable)];
  const contenders = crowds.map((count) => ({ ...relay, name: number(count), count }));
  const start = async (contender: (typeof contenders)[number]) => {
    const system = await startSystem(contender, 'publishers', { sections });
    await system.prepare('connect', { port: system.port, count: contender.count } satisfies CrowdCall);
    return system;
  };
  const names = contenders.map(({ name }) => name);
  const call = { channels: FEW, bytes: BYTES, concurrency: CROWD_CONCURRENCY, ms: slice };
  return withSystems(contenders, start, async (system) => {
    const measured = await interleave(names, rounds, (name) =>
      system(name).slice<Work>('trigger', { ...call, port: system(name).port } satisfies CrowdTriggerCall),
    );
    const cpu = (name: string) => `${number(typical(measured, name, (one) => one.cpu))} µs`;
    const few = number(FEW);
    return names.slice(1).map((name) => ({
      label: `CPU with ${name} channels and sockets, to ${few}`,
      value: ratio(measured, name, few, (one) => one.cpu),
      unit: '×' as const,
      goal: { atMost: 1.15 },
      details: `${cpu(name)} · ${cpu(few)}`,
    }));
  });
}

/** The cost of a trigger to a channel with one subscriber. */
export const trigger: Benchmark = {
  name: 'trigger',
  title: 'signed triggers to one subscriber, CPU per trigger',
  async run({ rounds, slice, others }) {
    const contenders = [relay, raw, ...others.filter(({ channels }) => channels !== undefined)];
    const names = contenders.map(({ name }) => name);
    const start = (contender: (typeof contenders)[number]) => startWithSubscribers(contender, [1], { sections });
    const figures = await withSystems(contenders, start, async (system) => {
      const run = (name: string, concurrency: number, ms = slice) =>
        system(name).slice<Triggered>('trigger', { bytes: BYTES, concurrency, ms } satisfies TriggerCall);
      for (const name of names) await run(name, 64, WARM_UP * slice);
      const found: Figure[] = [];
      for (const concurrency of [64, 1]) {
        const measured = await interleave(names, rounds, (name) => run(name, concurrency));
        const label = concurrency === 1 ? 'one after the other' : `${concurrency} at once`;
        const goals = { floor: raw.name, ...(concurrency === 1 ? {} : { ofFloor: { atMost: SOCKUDO } }) };
        found.push(...compareCpu(label, names, measured, goals));
      }
      return found;
    });
    return [...figures, ...(await growth(rounds, slice))];
  },
};
