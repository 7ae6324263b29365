// The message log without the relay: beside bare libsql and other builds, and as it grows.
import { existsSync } from 'node:fs';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Build, type Contender, ContenderError, stepOf } from './contenders/contender.ts';
import { relay } from './contenders/relay.ts';
import type { AppendCall, OpenCall, ReadCall } from './servers/log.ts';
import { built, Child, OWN } from './support/child.ts';
import { compare } from './support/comparison.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { type Round, ratio, typical } from './support/stats.ts';

const PROGRAM = 'bench/servers/log';
const CALLERS = [16, 256];
const SMALL = 1000;
const PAGE = 50;

/** A log that is measured. */
interface Store {
  readonly name: string;
  readonly build: Build;
  readonly system: OpenCall['system'];
  readonly stored: number;
}

type Slice = Measured<Work>;
type Act = (child: Child) => Promise<Work>;

/** The log of another relay, by the program of that checkout. */
function storeOf({ name, build = OWN }: Contender): Store {
  const file = built(PROGRAM, build.checkout);
  if (!existsSync(file)) throw new ContenderError(name, `no ${file}: run \`npx tsc -b\` in ${build.checkout} first`);
  return { name, build, system: 'relay', stored: SMALL };
}

/** Opens logs, each in a process of its own. */
async function open(stores: readonly Store[]): Promise<ReadonlyMap<string, Child>> {
  const children = new Map<string, Child>();
  for (const { name, build, system, stored } of stores) {
    const child = new Child(PROGRAM, build);
    children.set(name, child);
    await stepOf({ name }, child.call('open', { system, stored, dir: tempDir() } satisfies OpenCall));
  }
  return children;
}

/** Durable appends, and pages of history. */
export const log: Benchmark = {
  name: 'log',
  title: 'the message log, durable',
  async run({ rounds, slice, stored, others }) {
    const libsql: Store = { name: 'bare libsql', build: OWN, system: 'bare', stored: SMALL };
    const large: Store = { name: `${number(stored)} stored`, build: OWN, system: 'relay', stored };
    const logs = [relay, ...others.filter(({ build }) => build !== undefined)].map(storeOf);
    const children = await open([...logs, libsql, large]);
    const run = (stores: readonly Store[], act: Act): Promise<Round<Slice>[]> =>
      interleave(
        stores.map(({ name }) => name),
        rounds,
        async (name) => {
          const child = children.get(name);
          if (child === undefined) throw new Error(`${name} is not open`);
          return stepOf(
            { name },
            measure(child, undefined, () => act(child)),
          );
        },
      );
    const append = (callers: number) => (child: Child) =>
      child.call<Work>('append', { callers, ms: slice } satisfies AppendCall);
    const read = (child: Child) => child.call<Work>('read', { limit: PAGE, ms: slice / 2 } satisfies ReadCall);

    const figures: Figure[] = [];
    for (const callers of CALLERS) {
      const label = `appends by ${callers} at once`;
      const measured = await run([...logs, libsql], append(callers));
      figures.push(...rates(label, [...logs, libsql], measured));
      figures.push(share(`${label}, of ${libsql.name}`, measured, relay.name, libsql.name));
    }
    const label = `pages of the newest ${PAGE}`;
    figures.push(...rates(label, logs, await run(logs, read)));
    const small = logs.slice(0, 1);
    for (const [what, act] of [
      ...CALLERS.map((callers) => [`appends by ${callers} at once`, append(callers)] as const),
      [label, read] as const,
    ]) {
      const measured = await run([...small, large], act);
      figures.push(share(`${what} with ${large.name}, of ${number(SMALL)}`, measured, large.name, relay.name));
    }
    await Promise.all([...children.values()].map((child) => child.end()));
    return figures;
  },
};

function rates(label: string, stores: readonly Store[], measured: readonly Round<Slice>[]): Figure[] {
  const cpu = (name: string) => `CPU ${number(typical(measured, name, (one) => one.cpu))} µs`;
  const names = stores.map(({ name }) => name);
  return compare({ label, names, measured, pick: ({ rate }) => rate, unit: '/s', details: cpu });
}

function share(label: string, measured: readonly Round<Slice>[], of: string, floor: string): Figure {
  const rate = (name: string) => `${number(typical(measured, name, (one) => one.rate))}/s`;
  return {
    label,
    value: ratio(measured, of, floor, (one) => one.rate),
    unit: '%',
    goal: { atLeast: 0.8 },
    details: `${rate(of)} · ${rate(floor)}`,
  };
}
