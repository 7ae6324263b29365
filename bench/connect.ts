// Sockets of the Pusher dialect that arrive: how much CPU time a connection and a subscription cost.
import type { Benchmark, Figure } from './benchmark.ts';
import type { ArrivalsCall } from './clients/arrivals.ts';
import { bare } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compareCpu } from './support/comparison.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Work } from './support/slices.ts';
import { startSystem, withSystems } from './support/systems.ts';

interface Arrivals extends Work {
  readonly p50: number;
}

/** Connections and subscriptions, compared with only node:http and ws, which answer every frame once. */
export const connect: Benchmark = {
  name: 'connect',
  title: 'sockets of the Pusher dialect that arrive, CPU each',
  async run({ rounds, slice, others }) {
    const contenders = [relay, bare, ...others.filter(({ channels }) => channels === 'pusher')];
    const names = contenders.map(({ name }) => name);
    const start = (contender: (typeof contenders)[number]) =>
      startSystem(contender, 'arrivals', { sections: { apps: [APP] } });
    return withSystems(contenders, start, async (system) => {
      const figures: Figure[] = [];
      for (const [what, label] of [
        ['connections', 'connections with one subscription'],
        ['subscriptions', 'subscriptions'],
      ] as const) {
        const measured = await interleave(names, rounds, (name) => {
          const call = { port: system(name).port, greets: name !== bare.name, ms: slice } satisfies ArrivalsCall;
          return system(name).slice<Arrivals>(what, call);
        });
        figures.push(...compareCpu(label, names, measured, { floor: bare.name }));
      }
      return figures;
    });
  },
};
