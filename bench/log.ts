// The message log without the relay: compared with bare libsql, and as it grows.
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import { Child } from './support/child.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { interleave, measure, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';

const CALLERS = [16, 256];
const SMALL = 1000;
const PAGE = 50;

interface Store {
  readonly system: 'relay' | 'bare';
  readonly stored: number;
}

async function compare(
  stores: Readonly<Record<string, Store>>,
  call: (name: string, child: Child) => Promise<Work>,
  rounds: number,
  children: Map<string, Child>,
) {
  const names = Object.keys(stores);
  for (const [name, { system, stored }] of Object.entries(stores)) {
    if (children.has(name)) continue;
    const child = new Child('bench/servers/log');
    children.set(name, child);
    await child.call('open', { system, stored, dir: tempDir() });
  }
  return interleave(names, rounds, async (name) => {
    const child = children.get(name);
    if (child === undefined) throw new Error(`${name} is not open`);
    return measure(child, undefined, () => call(name, child));
  });
}

async function run({ rounds, slice, stored }: Pace): Promise<Figure[]> {
  const children = new Map<string, Child>();
  const figures: Figure[] = [];
  const floor = { log: { system: 'relay', stored: SMALL }, libsql: { system: 'bare', stored: SMALL } } as const;
  const large = `${number(stored)} stored`;
  const sizes = { log: floor.log, [large]: { system: 'relay', stored } } as const;
  const appending = (callers: number) => (_: string, child: Child) =>
    child.call<Work>('append', { callers, ms: slice });

  for (const callers of CALLERS) {
    const measured = await compare(floor, appending(callers), rounds, children);
    const shown = ['log', 'libsql'].map(
      (name) =>
        `${name} ${number(typical(measured, name, ({ rate }) => rate))}/s ${number(typical(measured, name, ({ cpu }) => cpu))} µs`,
    );
    figures.push({
      label: `appends by ${callers} at once, of bare libsql`,
      value: ratio(measured, 'log', 'libsql', ({ rate }) => rate),
      unit: '%',
      goal: { atLeast: 0.8 },
      details: shown.join(' · '),
    });
  }
  for (const callers of CALLERS) {
    const measured = await compare(sizes, appending(callers), rounds, children);
    figures.push(sizeFigure(`appends by ${callers} at once`, measured, large));
  }
  const reading = (_: string, child: Child) => child.call<Work>('read', { limit: PAGE, ms: slice / 2 });
  figures.push(sizeFigure(`reads of the newest ${PAGE}`, await compare(sizes, reading, rounds, children), large));
  await Promise.all([...children.values()].map((child) => child.end()));
  return figures;
}

function sizeFigure(what: string, measured: Awaited<ReturnType<typeof compare>>, large: string): Figure {
  const rate = (name: string) => number(typical(measured, name, (one) => one.rate));
  return {
    label: `${what} with ${large}, of ${number(SMALL)}`,
    value: ratio(measured, large, 'log', (one) => one.rate),
    unit: '%',
    goal: { atLeast: 0.8 },
    details: `${rate(large)}/s · ${rate('log')}/s`,
  };
}

/** Durable appends. */
export const log: Benchmark = { name: 'log', title: 'the message log, durable', run };
