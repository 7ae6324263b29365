// One send to a group, all members of which acknowledge.
import type { Benchmark, Figure } from './benchmark.ts';
import type { SendResult } from './clients/load.ts';
import { bare, mpush, storageOff } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compareCpu } from './support/comparison.ts';
import { number } from './support/format.ts';
import { interleave, type Measured } from './support/slices.ts';
import { sendOn, startWithDevices, withSystems } from './support/systems.ts';

const SIZES = [100, 1_000, 5_000];
/** The largest group of the mpush-shaped floor, whose cost per member grows with the group. */
const SCANNED = 1_000;
/** The slices of the large groups are longer, because they hold few sends. */
const SHARE: ReadonlyMap<number, number> = new Map([[5_000, 2]]);

/** Per member instead of per send. */
function perMember(slice: Measured<SendResult>, members: number) {
  return { cpu: slice.cpu / members, rate: slice.rate * members, p50: slice.last };
}

/** The cost of each delivery with its acknowledgement. Durable in the relay, and in none of the floors. */
export const group: Benchmark = {
  name: 'group',
  title: 'one send to a group, all members acknowledge, CPU per delivery',
  async run({ rounds, slice, others }) {
    const figures: Figure[] = [];
    for (const members of SIZES) {
      const contenders = [relay, storageOff, bare, mpush, ...others].filter(
        (one) => one.sends && (one !== mpush || members <= SCANNED),
      );
      const names = contenders.map(({ name }) => name);
      const start = (one: (typeof contenders)[number]) =>
        startWithDevices(one, { count: members, group: 'team', delay: 0 });
      const ms = slice * (SHARE.get(members) ?? 1);
      const measured = await withSystems(contenders, start, (system) =>
        interleave(names, rounds, async (name) =>
          perMember(await sendOn(system(name), { sendType: 'group', targets: ['team'], concurrency: 1, ms }), members),
        ),
      );
      figures.push(
        ...compareCpu(
          `${number(members)} members`,
          names,
          measured,
          { floor: bare.name, cpu: { atMost: 25 } },
          (last) => `last after ${number(last)} ms`,
        ),
      );
    }
    return figures;
  },
};
