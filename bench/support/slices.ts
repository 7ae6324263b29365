// Slices: short stretches of load on one system after the other, so that all of them meet the same machine.
import { cpus } from 'node:os';
import type { Child } from './child.ts';
import { mean, type Round } from './stats.ts';

/**
 * Runs each system twice a round, there and back (A, B, C, C, B, A); one slice of each before the first round is not
 * counted.
 */
export async function interleave<Slice>(
  systems: readonly string[],
  rounds: number,
  run: (system: string) => Promise<Slice>,
): Promise<Round<Slice>[]> {
  for (const system of systems) await run(system);
  const done: Round<Slice>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const slices = new Map<string, Slice[]>(systems.map((system) => [system, []]));
    for (const system of [...systems, ...[...systems].reverse()]) slices.get(system)?.push(await run(system));
    done.push(slices);
  }
  return done;
}

/** What a load says of the work that was done. */
export interface Work {
  /** Units that were completed. */
  readonly count: number;
  /** Time that they took, in ms. */
  readonly ms: number;
}

/** The figures of one slice. */
export type Measured<W extends Work> = W & {
  /** Units per second. */
  readonly rate: number;
  /** CPU time of the system per unit, in µs. */
  readonly cpu: number;
};

/** Cores kept busy by processes that are not ours, and by the load, of each slice so far. */
const foreign: number[] = [];
const loads: number[] = [];

function busyTime(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) * 1000;
}

/** Measures what a system spends while `work` runs; `load` drives it from another process. */
export async function measure<W extends Work>(
  system: Child,
  load: Child | undefined,
  work: () => Promise<W>,
): Promise<Measured<W>> {
  const own = () => process.cpuUsage().user + process.cpuUsage().system;
  const read = async () => [await system.cpu(), (await load?.cpu()) ?? 0, own(), busyTime()] as const;
  const before = await read();
  const started = performance.now();
  const done = await work();
  const elapsed = (performance.now() - started) * 1000;
  const after = await read();
  const [used = 0, loaded = 0, mine = 0, busy = 0] = after.map((value, index) => value - (before[index] ?? 0));
  foreign.push(Math.max(0, (busy - used - loaded - mine) / elapsed));
  loads.push(loaded / elapsed);
  return { ...done, rate: (done.count * 1000) / done.ms, cpu: used / done.count };
}

/** What may have disturbed the slices so far: mean number of foreign busy cores, and the busiest load. */
export function disturbance(): { readonly foreign: number; readonly load: number } {
  return { foreign: foreign.length === 0 ? 0 : mean(foreign), load: Math.max(0, ...loads) };
}
