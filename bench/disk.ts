// How many bytes a stored message takes on disk.
import type { Benchmark } from './benchmark.ts';
import { stepOf } from './contenders/contender.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { number } from './support/format.ts';
import { type Growth, growthOf } from './support/stored.ts';

const total = (files: Growth) => [...files.values()].reduce((sum, size) => sum + size, 0);

/** The files that take up more than a hundredth. */
function largest(files: Growth): string {
  const shown = [...files].filter(([, size]) => size * 100 > total(files));
  return shown.map(([name, size]) => `${name} ${number(size / 1000)} kB`).join(' · ');
}

/**
 * All files of the data directory, after the program has closed them, for messages that are delivered. What they have
 * before the first message, such as an empty journal of 8 MiB, does not count.
 */
export const disk: Benchmark = {
  name: 'disk',
  title: 'what a stored message of 100 characters adds to all files, closed',
  async run({ sends, others }) {
    const contenders = [relay, ...others.filter((one) => one.sends)];
    const slices = new Map<string, Growth>();
    for (const one of contenders) slices.set(one.name, await stepOf(one, growthOf(one, sends)));
    return compare({
      label: `bytes per message, ${number(sends)} stored`,
      names: [...slices.keys()],
      measured: once(slices),
      pick: (files) => total(files) / sends,
      unit: 'B',
      goal: { atMost: 220 },
      details: (name) => largest(slices.get(name) ?? new Map()),
    });
  },
};
