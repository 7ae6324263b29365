// One trigger to a hundred, a thousand and five thousand subscribers of a channel.
import type { Benchmark, Figure } from './benchmark.ts';
import type { PublishCall } from './clients/subscribers.ts';
import { raw } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compareCpu } from './support/comparison.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';
import { startWithSubscribers, withSystems } from './support/systems.ts';

const SIZES = [100, 1000, 5000];
const USUAL = 300;
const LONG = 2000;
const BURST = 10;
/** Length of a slice as a share of the usual one, because there are many cells. */
const SHARE = 0.5;
/** Length of the warm-up, in slices. */
const WARM_UP = 4;

interface Published extends Work {
  readonly p50: number;
}

/** The cells that compare the relay only with the floor: peers have no batches, and long events show nothing new. */
const DETAILS = [
  { bytes: USUAL, events: BURST },
  { bytes: LONG, events: 1 },
];

/** CPU of the server for each delivered event, the trigger included. */
export const fanout: Benchmark = {
  name: 'fanout',
  title: 'one trigger to many subscribers, CPU per delivered event',
  async run({ rounds, slice, others }) {
    const [small = 0, medium = 0] = SIZES;
    const largest = openable(Math.max(...SIZES) + small + medium) - small - medium;
    const sizes = [small, medium, largest];
    const contenders = [relay, raw, ...others.filter(({ channels }) => channels !== undefined)];
    const sections = { apps: [APP], ...PINGS };
    const start = (contender: (typeof contenders)[number]) =>
      startWithSubscribers(contender, [1, ...sizes], { sections });
    return withSystems(contenders, start, async (system) => {
      const publish = (name: string, call: Omit<PublishCall, 'ms'>, ms = slice * SHARE) =>
        system(name).slice<Published>('publish', { ...call, ms } satisfies PublishCall);
      const names = contenders.map(({ name }) => name);
      // A warm-up, because the first cells have the fewest bytes per request and would measure the compiler.
      for (const name of names) await publish(name, { size: 1, bytes: USUAL, events: 1 }, WARM_UP * slice);
      const figures: Figure[] = [];
      for (const size of sizes) {
        const measured = await interleave(names, rounds, (name) => publish(name, { size, bytes: USUAL, events: 1 }));
        const goals = { floor: raw.name, ofFloor: { atMost: 1.2 } };
        const time = (ms: number) => `last after ${number(ms)} ms`;
        figures.push(...compareCpu(`to ${number(size)}`, names, measured, goals, time));
      }
      for (const { bytes, events } of DETAILS) {
        for (const size of sizes) {
          const measured = await interleave([relay.name, raw.name], rounds, (name) =>
            publish(name, { size, bytes, events }),
          );
          const cpu = (name: string) => number(typical(measured, name, (one) => one.cpu));
          figures.push({
            label: `${events === 1 ? 'one event' : `batch of ${events}`} of ${number(bytes)} B to ${number(size)}, of raw sockets`,
            value: ratio(measured, relay.name, raw.name, (one) => one.cpu),
            unit: '×',
            goal: { atMost: 1.2 },
            details: `relay ${cpu(relay.name)} µs · raw ${cpu(raw.name)} µs`,
          });
        }
      }
      return figures;
    });
  },
};
