// What a message costs that repeats an alert, beside one without a key.
import type { Benchmark } from './benchmark.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { TOKEN } from './support/message.ts';
import { interleave } from './support/slices.ts';
import { ratio } from './support/stats.ts';
import { sendOn, startSystem, withSystems } from './support/systems.ts';

const REPEATS = 1000;
/** Length of the warm-up, in slices. */
const WARM_UP = 3;
/** No slice takes so long, in ms. */
const LONG = 60_000;

const repeats = { ...relay, name: 'repeats of one key' };
const QUERY = '&key=disk&state=firing';

/** How many messages the history of a device has. */
async function historyOf(port: number, device: string): Promise<number> {
  let count = 0;
  for (let since = '0', more = true; more; ) {
    const path = `/v1/devices/${device}/messages?limit=1000&since=${since}`;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: TOKEN } });
    const page = (await answer.json()) as { messages: unknown[]; last: string; more: boolean };
    count += page.messages.length;
    since = page.last;
    more = page.more;
  }
  return count;
}

/** One sender, as a monitor is. */
export const fold: Benchmark = {
  name: 'fold',
  title: '1,000 repeats of one key, CPU per message, and what the history has of them',
  async run({ rounds, slice }) {
    const names = [repeats.name, relay.name];
    const start = async (contender: typeof relay) => {
      const system = await startSystem(contender, 'load');
      await system.prepare('connect', { port: system.port, count: 1, group: '', delay: 0 });
      return system;
    };
    return withSystems([repeats, relay], start, async (system) => {
      let sent = 0;
      const run = async (name: string, bounds: { readonly ms: number; readonly count?: number }) => {
        const query = name === repeats.name ? QUERY : '';
        const common = { sendType: 'personal', targets: ['device-0'], concurrency: 1 } as const;
        const measured = await sendOn(system(name), { ...common, ...bounds, query });
        if (name === repeats.name) sent += measured.count;
        return measured;
      };
      for (const name of names) await run(name, { ms: WARM_UP * slice });
      const { port } = system(repeats.name);
      const before = await historyOf(port, 'device-0');
      sent = 0;
      const measured = await interleave(names, rounds, (name) => run(name, { ms: LONG, count: REPEATS }));
      const rows = (await historyOf(port, 'device-0')) - before;
      return [
        ...compare({ label: 'one after the other', names, measured, pick: ({ cpu }) => cpu, unit: 'µs' }),
        {
          label: 'CPU of a repeat, of a message without a key',
          value: ratio(measured, repeats.name, relay.name, ({ cpu }) => cpu),
          unit: '×',
          details: '',
        },
        ...compare({
          label: `messages in the history for ${REPEATS} repeats`,
          names: [repeats.name],
          measured: once(new Map([[repeats.name, (rows * REPEATS) / sent]])),
          pick: (count) => count,
          unit: '',
        }),
      ];
    });
  },
};
