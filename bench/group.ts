// One send to a thousand sockets, all of which acknowledge.
import type { Benchmark, Figure } from './benchmark.ts';
import { number } from './support/format.ts';
import { interleave } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';
import { SYSTEMS, sendOn, withSystems } from './support/systems.ts';

const MEMBERS = 1000;
const CONCURRENCY = [1, 4];

/** A durable group send against the floor: the cost of each delivery with its acknowledgement. */
export const group: Benchmark = {
  name: 'group',
  title: `one send to ${MEMBERS.toLocaleString('en-US')} sockets, all acknowledge, durable`,
  run: ({ rounds, slice }) =>
    withSystems(SYSTEMS, { count: MEMBERS, group: 'team', delay: 0 }, async (systems) => {
      const figures: Figure[] = [];
      for (const concurrency of CONCURRENCY) {
        const measured = await interleave(SYSTEMS, rounds, (name) =>
          sendOn(systems, name, { sendType: 'group', targets: ['team'], concurrency, ms: slice }),
        );
        const plain = SYSTEMS.map((name) => {
          const cpu = typical(measured, name, (one) => one.cpu / MEMBERS);
          return `${name} ${number(typical(measured, name, ({ rate }) => rate))}/s ${number(cpu)} µs each`;
        });
        for (const [floor, what, details] of [
          ['storage off', 'CPU per delivery, to storage off', plain.join(' · ')],
          ['bare', 'CPU per delivery, to bare http + ws', ''],
        ] as const) {
          figures.push({
            label: `${concurrency} at once, ${what}`,
            value: ratio(measured, 'durable', floor, ({ cpu }) => cpu),
            unit: '×',
            details,
          });
        }
      }
      return figures;
    }),
};
