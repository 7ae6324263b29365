// How long a program takes from its start to its first answer over HTTP.
import type { Benchmark } from './benchmark.ts';
import { type Contender, stepOf } from './contenders/contender.ts';
import { bare, koa } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compare } from './support/comparison.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { interleave } from './support/slices.ts';
import { typical } from './support/stats.ts';

async function startOnce(contender: Contender, dir: string) {
  const server = await contender.start({ dir });
  const cpu = await server.cpu();
  await server.close();
  return { ms: server.startTime, cpu };
}

/** The shipped program in a folder that it has used before, beside servers that only listen. */
export const start: Benchmark = {
  name: 'start',
  title: 'start of the program until its first answer',
  async run({ rounds, others }) {
    const contenders = [relay, bare, koa, ...others];
    const places = new Map(contenders.map((contender) => [contender.name, { contender, dir: tempDir() }]));
    const measured = await interleave([...places.keys()], rounds, async (name) => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`no contender is called ${name}`);
      return stepOf(place.contender, startOnce(place.contender, place.dir));
    });
    return compare({
      label: 'time to the first answer',
      names: [...places.keys()],
      measured,
      pick: ({ ms }) => ms,
      unit: 'ms',
      goal: { atMost: 350 },
      details: (name) => `CPU ${number(typical(measured, name, ({ cpu }) => cpu / 1000))} ms`,
    });
  },
};
