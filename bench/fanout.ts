// One publish on a channel to a thousand subscribers.

import type { Benchmark, Figure } from './benchmark.ts';
import type { SubscribeCall } from './clients/subscribers.ts';
import { Child } from './support/child.ts';
import { number } from './support/format.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const SYSTEMS = ['relay', 'raw'] as const;
const SUBSCRIBERS = 1000;
const BURST = 10;

/** A server with its subscribers. */
interface Running {
  publish(events: number, ms: number): Promise<Measured<Work>>;
  end(): Promise<void>;
}

async function start(system: string): Promise<Running> {
  const server = new Child('bench/servers/fanout');
  const load = new Child('bench/clients/subscribers');
  const port = await server.call<number>('start', { system });
  await load.call('subscribe', { port, count: SUBSCRIBERS, upgrade: system === 'relay' } satisfies SubscribeCall);
  const eventBytes = await server.call<number>('eventBytes');
  return {
    async publish(events, ms) {
      await load.call('expect', { bytes: eventBytes * events * SUBSCRIBERS });
      return measure(server, load, () => server.call<Work>('publish', { events, ms }));
    },
    async end() {
      await Promise.all([server.end(), load.end()]);
    },
  };
}

/** CPU of the server for each delivered message, against raw sockets that write the same bytes. */
export const fanout: Benchmark = {
  name: 'fanout',
  title: `one publish to ${SUBSCRIBERS.toLocaleString('en-US')} subscribers, CPU per delivered message`,
  async run({ rounds, slice }) {
    const running = new Map<string, Running>();
    for (const system of SYSTEMS) running.set(system, await start(system));
    const figures: Figure[] = [];
    for (const events of [1, BURST]) {
      const measured = await interleave(SYSTEMS, rounds, async (system) => {
        const one = running.get(system);
        if (one === undefined) throw new Error(`${system} is not running`);
        return one.publish(events, slice);
      });
      const cpu = (system: string) => number(typical(measured, system, (one) => one.cpu));
      figures.push({
        label: `${events === 1 ? 'one event' : `${events} events`} a turn, to raw sockets`,
        value: ratio(measured, 'relay', 'raw', (one) => one.cpu),
        unit: '×',
        goal: { atMost: 1.2 },
        details: `relay ${cpu('relay')} µs · raw ${cpu('raw')} µs · ${number(typical(measured, 'relay', ({ rate }) => rate))} deliveries/s`,
      });
    }
    await Promise.all([...running.values()].map((one) => one.end()));
    return figures;
  },
};
