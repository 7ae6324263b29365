// Slices: short periods of load on one system after the other, so that all of them run under the same conditions.
import { cpus } from 'node:os';
import { mean, type Round } from './stats.ts';

/**
 * Runs each system twice per round, forwards and backwards (A, B, C, C, B, A). Before the first round, one slice of
 * each system warms it up and does not count.
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

/** What a load reports about the work that was done. */
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

/** For each slice so far, the cores that other processes kept busy. */
const foreign: number[] = [];
/** For each slice so far, the cores that the load used. */
const loads: number[] = [];

function busyTime(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) * 1000;
}

/** A process whose CPU time can be read, in µs. */
interface Process {
  cpu(): Promise<number>;
}

/** Measures the CPU time of a system while `work` runs. `load` is the process that drives it. */
export async function measure<W extends Work>(
  system: Process,
  load: Process | undefined,
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

/** What may have disturbed the slices so far: the mean of `foreign`, and the highest of `loads`. */
export function disturbance(): { readonly foreign: number; readonly load: number } {
  return { foreign: foreign.length === 0 ? 0 : mean(foreign), load: Math.max(0, ...loads) };
}
