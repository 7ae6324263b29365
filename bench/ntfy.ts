// Publishing as ntfy's programs do, beside a send of the relay's own form. Both are durable, and nobody reads them.
import type { Benchmark } from './benchmark.ts';
import { Sender, sendRequest } from './clients/sender.ts';
import { relay } from './contenders/relay.ts';
import { number } from './support/format.ts';
import { interleave, measure } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const AT_ONCE = 64;
const TEXT = 'The+backup+is+done';
const PUBLISH = 'publish';
const SEND = 'send';
const REQUESTS: ReadonlyMap<string, Buffer> = new Map([
  [PUBLISH, sendRequest(`/bench/publish?message=${TEXT}`)],
  [SEND, sendRequest(`/bench.send?wait=0&text=${TEXT}`)],
]);

/** CPU of a publication to a name that nobody has, compared with a send to an unknown device, which is not kept. */
export const ntfy: Benchmark = {
  name: 'ntfy',
  title: 'publishing to a topic, CPU per message',
  async run({ rounds, slice }) {
    const server = await relay.start();
    try {
      const senders = await Promise.all(Array.from({ length: AT_ONCE }, () => Sender.open(server.port)));
      const run = (name: string) =>
        measure(server, undefined, async () => {
          const request = REQUESTS.get(name) ?? Buffer.alloc(0);
          const began = performance.now();
          let count = 0;
          const work = async (sender: Sender) => {
            for (; performance.now() - began < slice; count += 1) await sender.send(request);
          };
          await Promise.all(senders.map(work));
          return { count, ms: performance.now() - began };
        });
      const measured = await interleave([PUBLISH, SEND], rounds, run);
      for (const sender of senders) sender.close();
      const shown = (name: string) =>
        `${name} ${number(typical(measured, name, (one) => one.cpu))} µs ${number(typical(measured, name, (one) => one.rate))}/s`;
      return [
        {
          label: `${AT_ONCE} at once, to a send of mpush`,
          value: ratio(measured, PUBLISH, SEND, (one) => one.cpu),
          unit: '×',
          details: [PUBLISH, SEND].map(shown).join(' · '),
        },
      ];
    } finally {
      await server.end();
    }
  },
};
