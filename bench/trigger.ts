// Signed triggers: compared with a koa route that does nothing, and with more and more unrelated channels and sockets.
import type { Benchmark, Figure } from './benchmark.ts';
import type { CrowdCall, TriggerCall } from './clients/publishers.ts';
import { Child } from './support/child.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const FEW = 10;
const CROWDS = [1_000, 10_000];
const BYTES = 300;
const CONCURRENCY = 16;
const FLOOR = 'koa';

/** A server that accepts triggers. */
interface Running {
  trigger(ms: number): Promise<Measured<Work>>;
  end(): Promise<void>;
}

async function start(program: string, count: number): Promise<Running> {
  const server = new Child(program);
  const load = new Child('bench/clients/publishers');
  const port = await server.call<number>('start', { sections: { apps: [APP] } });
  if (count > 0) await load.call('connect', { port, count } satisfies CrowdCall);
  return {
    trigger(ms) {
      const call = { port, channels: FEW, bytes: BYTES, concurrency: CONCURRENCY, ms } satisfies TriggerCall;
      return measure(server, load, () => load.call<Work>('trigger', call));
    },
    async end() {
      await Promise.all([server.end(), load.end()]);
    },
  };
}

/** The cost of a trigger to a channel with one subscriber. */
export const trigger: Benchmark = {
  name: 'trigger',
  title: `signed triggers of the Pusher dialect by ${CONCURRENCY} publishers, one subscriber each`,
  async run({ rounds, slice }) {
    const crowds = [FEW, ...CROWDS.map(openable)];
    const running = new Map([[FLOOR, await start('bench/servers/koa', 0)]]);
    for (const count of crowds) running.set(number(count), await start('bench/servers/relay', count));
    const measured = await interleave([...running.keys()], rounds, async (name) => {
      const one = running.get(name);
      if (one === undefined) throw new Error(`${name} is not running`);
      return one.trigger(slice);
    });
    await Promise.all([...running.values()].map((one) => one.end()));

    const shown = (name: string) => {
      const of = (pick: (one: Measured<Work>) => number) => number(typical(measured, name, pick));
      return `${of(({ rate }) => rate)}/s ${of(({ cpu }) => cpu)} µs`;
    };
    const few = number(FEW);
    const growth = crowds.slice(1).map(
      (count): Figure => ({
        label: `CPU with ${number(count)} channels and sockets, to ${few}`,
        value: ratio(measured, number(count), few, ({ cpu }) => cpu),
        unit: '×',
        goal: { atMost: 1.15 },
        details: shown(number(count)),
      }),
    );
    return [
      {
        label: 'triggers, of a bare koa route',
        value: ratio(measured, few, FLOOR, ({ rate }) => rate),
        unit: '%',
        details: `relay ${shown(few)} · koa ${shown(FLOOR)}`,
      },
      ...growth,
    ];
  },
};
