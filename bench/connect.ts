// Sockets of the Pusher dialect that connect: how fast, and how much memory they need.
import type { Benchmark, Figure } from './benchmark.ts';
import type { ArrivalsCall } from './clients/arrivals.ts';
import { Child } from './support/child.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { ratio, spread, typical } from './support/stats.ts';

const SYSTEMS = ['relay', 'bare'] as const;
type SystemName = (typeof SYSTEMS)[number];

const SOCKETS = 5_000;
const KB = 2 ** 10;

/** A server, the process that loads it, and its port. */
interface Running {
  readonly server: Child;
  readonly load: Child;
  readonly port: number;
}

async function start(name: SystemName): Promise<Running> {
  const server = new Child(`bench/servers/${name}`, { execArgv: ['--expose-gc'] });
  const load = new Child('bench/clients/arrivals');
  return { server, load, port: await server.call('start', { sections: { apps: [APP] } }) };
}

async function end({ server, load }: Running): Promise<void> {
  await Promise.all([server.end(), load.end()]);
}

/** Bytes of heap and of resident memory per socket, with `count` sockets. */
async function perSocket(name: SystemName, count: number): Promise<{ readonly heap: number; readonly rss: number }> {
  const running = await start(name);
  const { server, load, port } = running;
  const read = async () => ({ heap: await server.heap(), rss: await server.memory(false) });
  // The first sockets compile and load what all others use.
  await load.call('connections', { port, greets: name === 'relay', ms: 500 } satisfies ArrivalsCall);
  const before = await read();
  await load.call('stay', { port, greets: name === 'relay', count });
  const after = await read();
  await end(running);
  return { heap: (after.heap - before.heap) / count, rss: (after.rss - before.rss) / count };
}

/** Connections, subscriptions and memory, compared with only node:http and ws. */
export const connect: Benchmark = {
  name: 'connect',
  title: 'sockets of the Pusher dialect that arrive',
  async run({ rounds, slice }) {
    const figures: Figure[] = [];
    const running = new Map<string, Running>();
    for (const name of SYSTEMS) running.set(name, await start(name));
    for (const [what, label] of [
      ['connections', 'connections with a subscription, of bare http + ws'],
      ['subscriptions', 'subscriptions, of an echo by ws'],
    ] as const) {
      const measured = await interleave(SYSTEMS, rounds, async (name) => {
        const one = running.get(name);
        if (one === undefined) throw new Error(`${name} is not running`);
        const call = { port: one.port, greets: name === 'relay', ms: slice } satisfies ArrivalsCall;
        return measure(one.server, one.load, () => one.load.call<Work>(what, call));
      });
      const shown = SYSTEMS.map((name) => {
        const of = (pick: (one: Measured<Work>) => number) => number(typical(measured, name, pick));
        return `${name} ${of(({ rate }) => rate)}/s ${of(({ cpu }) => cpu)} µs`;
      });
      figures.push({
        label,
        value: ratio(measured, 'relay', 'bare', ({ rate }) => rate),
        unit: '%',
        details: shown.join(' · '),
      });
    }
    await Promise.all([...running.values()].map(end));

    const count = openable(SOCKETS);
    const relay = await perSocket('relay', count);
    const bare = await perSocket('bare', count);
    figures.push({
      label: 'heap per subscribed socket',
      value: spread([relay.heap / KB]),
      unit: 'KB',
      goal: { atMost: 12 },
      details: `bare ${number(bare.heap / KB)} KB · resident ${number(relay.rss / KB)} KB, bare ${number(bare.rss / KB)} KB · ${number(count)} sockets, a channel each`,
    });
    return figures;
  },
};
