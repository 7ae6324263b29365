// HTTP send → socket → acknowledgement → reply.
import type { Benchmark, Figure, Goal } from './benchmark.ts';
import { bare, mpush, storageOff } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compareCpu } from './support/comparison.ts';
import { interleave } from './support/slices.ts';
import { ratio } from './support/stats.ts';
import { sendOn, startWithDevices, withSystems } from './support/systems.ts';

/** Length of the warm-up, in slices. */
const WARM_UP = 3;

/** How many senders and recipients, and the goals of CPU and of rate. */
interface Cell {
  readonly concurrency: number;
  readonly recipients: number;
  readonly cpu?: Goal;
  readonly ofMpush?: { readonly cpu: Goal; readonly rate: Goal };
}

const CELLS: readonly Cell[] = [
  { concurrency: 64, recipients: 1, ofMpush: { cpu: { atMost: 1.1 }, rate: { atLeast: 1 } } },
  { concurrency: 1, recipients: 1, cpu: { atMost: 250 } },
  { concurrency: 64, recipients: 100 },
];

/** A durable send beside the same path without storage, and beside servers that keep nothing. */
export const send: Benchmark = {
  name: 'send',
  title: 'HTTP send → socket → acknowledgement → reply, durable, CPU per message',
  async run({ rounds, slice, others }) {
    const contenders = [relay, storageOff, bare, mpush, ...others.filter(({ sends }) => sends)];
    const names = contenders.map(({ name }) => name);
    const count = Math.max(...CELLS.map(({ recipients }) => recipients));
    const start = (one: (typeof contenders)[number]) => startWithDevices(one, { count, group: '', delay: 0 });
    return withSystems(contenders, start, async (system) => {
      const run = (name: string, { concurrency, recipients }: Cell, ms = slice) => {
        const targets = Array.from({ length: recipients }, (_, index) => `device-${index}`);
        return sendOn(system(name), { sendType: 'personal', targets, concurrency, ms });
      };
      // A warm-up, because the first cell would measure the compiler.
      for (const name of names) await run(name, { concurrency: 64, recipients: 1 }, WARM_UP * slice);
      const figures: Figure[] = [];
      for (const cell of CELLS) {
        const measured = await interleave(names, rounds, (name) => run(name, cell));
        const { concurrency, recipients, cpu, ofMpush } = cell;
        const senders = concurrency === 1 ? 'one after the other' : `${concurrency} at once`;
        const label = `${senders}, ${recipients === 1 ? 'one recipient' : `${recipients} recipients`}`;
        figures.push(
          ...compareCpu(label, names, measured, { floor: bare.name, ...(cpu === undefined ? {} : { cpu }) }),
        );
        if (ofMpush === undefined) continue;
        for (const [what, goal] of Object.entries(ofMpush)) {
          figures.push({
            label: `${label}, ${what === 'cpu' ? 'CPU' : what} of ${mpush.name}`,
            value: ratio(measured, relay.name, mpush.name, (one) => one[what as keyof typeof ofMpush]),
            unit: '×',
            goal,
            details: '',
          });
        }
      }
      return figures;
    });
  },
};
