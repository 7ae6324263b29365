// One benchmark of a run: it ends in time, and another system that fails does not end it.
import type { Benchmark, Figure, Pace } from '../benchmark.ts';
import { ContenderError } from '../contenders/contender.ts';
import { endingAll } from './exit.ts';
import { within } from './within.ts';

const MINUTE = 60_000;
/** Minutes that a benchmark may take, besides the length of a soak. A usual one takes less than two. */
const LIMIT = 5;
/** Minutes that each other system may add. */
const MORE = 2;

/**
 * Runs a benchmark. When another system fails, the benchmark runs again without it.
 * @param tell gets a line for each system that is left out
 * @throws Error if the relay or a floor fails, or the benchmark takes too long
 */
export async function runRow(benchmark: Benchmark, pace: Pace, tell: (line: string) => void): Promise<Figure[]> {
  const { others } = pace;
  const minutes = LIMIT + MORE * others.length + (benchmark.onlyByName ? pace.minutes : 0);
  try {
    return await endingAll(() => within(minutes * MINUTE, () => benchmark.name, benchmark.run(pace)));
  } catch (error) {
    const failed = error instanceof ContenderError ? others.find(({ name }) => name === error.contender) : undefined;
    if (failed === undefined) throw error;
    tell(`left out of ${benchmark.name}: ${(error as ContenderError).message}`);
    return runRow(benchmark, { ...pace, others: others.filter((one) => one !== failed) }, tell);
  }
}
