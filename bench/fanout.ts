// One signed trigger to a hundred, a thousand and five thousand subscribers of a Pusher channel.
import type { Benchmark, Figure } from './benchmark.ts';
import type { PublishCall, SubscribeCall } from './clients/subscribers.ts';
import { Child } from './support/child.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const SYSTEMS = ['relay', 'raw'] as const;
const SIZES = [100, 1000, 5000];
const BYTES = [300, 2000];
const BURST = 10;
/** Length of a slice as a share of the usual one, because there are many cells. */
const SHARE = 0.5;
/** Length of the warm-up, in slices. */
const WARM_UP = 4;

/** A server with its subscribers. */
interface Running {
  publish(call: PublishCall): Promise<Measured<Work>>;
  end(): Promise<void>;
}

async function start(system: (typeof SYSTEMS)[number], sizes: readonly number[]): Promise<Running> {
  const server = new Child(`bench/servers/${system}`);
  const load = new Child('bench/clients/subscribers');
  const port = await server.call<number>('start', { sections: { apps: [APP], ...PINGS } });
  await load.call('subscribe', { port, system, sizes } satisfies SubscribeCall);
  return {
    publish: (call) => measure(server, load, () => load.call<Work>('publish', call)),
    async end() {
      await Promise.all([server.end(), load.end()]);
    },
  };
}

/**
 * CPU of the server for each delivered message, the trigger included, against raw sockets that write the same bytes.
 */
export const fanout: Benchmark = {
  name: 'fanout',
  title: 'one trigger of the Pusher dialect to many subscribers, CPU per delivered message to that of raw sockets',
  async run({ rounds, slice }) {
    const sizes = SIZES.map(openable);
    const running = new Map<string, Running>();
    for (const system of SYSTEMS) running.set(system, await start(system, [1, ...sizes]));
    // A warm-up, because the first cells have the fewest bytes per request and would measure the compiler.
    for (const one of running.values()) await one.publish({ size: 1, bytes: 300, events: 1, ms: WARM_UP * slice });
    const figures: Figure[] = [];
    for (const bytes of BYTES) {
      for (const size of sizes) {
        for (const events of [1, BURST]) {
          const measured = await interleave(SYSTEMS, rounds, async (system) => {
            const one = running.get(system);
            if (one === undefined) throw new Error(`${system} is not running`);
            return one.publish({ size, bytes, events, ms: slice * SHARE });
          });
          const cpu = (system: string) => number(typical(measured, system, (one) => one.cpu));
          figures.push({
            label: `${events === 1 ? 'one event' : `batch of ${events}`} of ${number(bytes)} B to ${number(size)}`,
            value: ratio(measured, 'relay', 'raw', (one) => one.cpu),
            unit: '×',
            goal: { atMost: 1.2 },
            details: `relay ${cpu('relay')} µs · raw ${cpu('raw')} µs · ${number(typical(measured, 'relay', ({ rate }) => rate))} deliveries/s`,
          });
        }
      }
    }
    await Promise.all([...running.values()].map((one) => one.end()));
    return figures;
  },
};
