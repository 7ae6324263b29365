// What jobs that wait cost those who send meanwhile.
import { openEmbedded } from '../server/backends/embedded/index.ts';
import { silentLogger } from '../server/base/logger.ts';
import type { Benchmark } from './benchmark.ts';
import { relay } from './contenders/relay.ts';
import { compare } from './support/comparison.ts';
import { tempDir } from './support/exit.ts';
import { interleave } from './support/slices.ts';
import { ratio } from './support/stats.ts';
import { sendOn, startSystem, withSystems } from './support/systems.ts';

const JOBS = 100_000;
/** Jobs of one turn, which share a flush. */
const AT_ONCE = 1000;
/** The first job is due in a day, in ms. */
const AHEAD = 86_400_000;
/** Length of the warm-up, in slices. */
const WARM_UP = 3;
/** More rounds than usual, because the difference is small. */
const MORE = 4;

const crowded = { ...relay, name: '100,000 jobs' };

/** Makes a data directory with jobs that wait. */
async function fill(dir: string): Promise<void> {
  const backend = await openEmbedded({ dir, logger: silentLogger });
  const jobs = backend.documents.collection('jobs');
  const first = Date.now() + AHEAD;
  for (let start = 0; start < JOBS; start += AT_ONCE) {
    const group = Array.from({ length: AT_ONCE }, (_, n) => start + n);
    await Promise.all(
      group.map((n) => {
        const job = { kind: 'message', dueAt: first + n, payload: { target: `device-${n}`, text: 'x'.repeat(100) } };
        return jobs.put(`message:${n}`, job, { lists: { due: job.dueAt, 'kind-message': job.dueAt } });
      }),
    );
  }
  await backend.close();
}

/** A durable send of a relay without jobs, and of one with many. */
export const schedule: Benchmark = {
  name: 'schedule',
  title: 'a durable send while 100,000 jobs wait, CPU per message',
  async run({ rounds, slice }) {
    const names = [relay.name, crowded.name];
    const start = async (contender: typeof relay) => {
      const dir = tempDir();
      if (contender === crowded) await fill(dir);
      const system = await startSystem(contender, 'load', { dir });
      await system.prepare('connect', { port: system.port, count: 1, group: '', delay: 0 });
      return system;
    };
    return withSystems([relay, crowded], start, async (system) => {
      const run = (name: string, ms = slice) =>
        sendOn(system(name), { sendType: 'personal', targets: ['device-0'], concurrency: 64, ms });
      for (const name of names) await run(name, WARM_UP * slice);
      const measured = await interleave(names, rounds * MORE, (name) => run(name));
      return [
        ...compare({ label: '64 at once, one recipient', names, measured, pick: ({ cpu }) => cpu, unit: 'µs' }),
        {
          label: 'CPU with the jobs, of that without',
          value: ratio(measured, crowded.name, relay.name, ({ cpu }) => cpu),
          unit: '×',
          goal: { atMost: 1.03 },
          details: '',
        },
      ];
    });
  },
};
