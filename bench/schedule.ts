// What jobs that wait, and keys that are known, cost those who send meanwhile.
import { digestOf } from '../server/access/key-record.ts';
import type { Backend } from '../server/backends/backend.ts';
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
const KEYS = 10_000;
/** Documents of one turn, which share a flush. */
const AT_ONCE = 1000;
/** The first job is due in a day, in ms. */
const AHEAD = 86_400_000;
/** Length of the warm-up, in slices. */
const WARM_UP = 3;
/** More rounds than usual, because the difference is small. */
const MORE = 4;

const crowded = { ...relay, name: '100,000 jobs, 10,000 keys' };

const textOf = (key: number) => `A${String(key).padStart(14, '0')}`;
/** The key that sends: one in the middle, so that it is found among the others. */
const SHOWN = textOf(KEYS / 2);

async function addJobs({ documents }: Backend): Promise<void> {
  const jobs = documents.collection('jobs');
  const first = Date.now() + AHEAD;
  for (let start = 0; start < JOBS; start += AT_ONCE) {
    const group = Array.from({ length: AT_ONCE }, (_, n) => start + n);
    await Promise.all(
      group.map((n) => {
        const target = `device-${n}`;
        const sender = `key/key ${n % KEYS}`;
        const job = { kind: 'message', dueAt: first + n, payload: { target, text: 'x'.repeat(100) }, target, sender };
        const names = ['due', 'kind-message', `kind-message/target-${target}`, `sender-${sender}`];
        const lists = Object.fromEntries(names.map((name) => [name, job.dueAt]));
        return jobs.put(`message:${n}`, job, { lists });
      }),
    );
  }
}

async function addKeys({ keys }: Backend, wanted: readonly number[]): Promise<void> {
  await Promise.all(
    wanted.map((n) =>
      keys.put({
        name: `key ${n}`,
        number: n + 2,
        createdAt: 0,
        texts: [{ sha256: digestOf(textOf(n)) }],
        settings: { send: ['device-*'], expires: Date.now() + 2 * AHEAD },
      }),
    ),
  );
}

/** Makes a data directory. Without a crowd, it has only the key that sends. */
async function fill(dir: string, isCrowded: boolean): Promise<void> {
  const backend = await openEmbedded({ dir, logger: silentLogger });
  await addKeys(backend, isCrowded ? Array.from({ length: KEYS }, (_, n) => n) : [KEYS / 2]);
  if (isCrowded) await addJobs(backend);
  await backend.close();
}

/** A durable send by a key, of a relay without jobs and other keys, and of one with many. */
export const schedule: Benchmark = {
  name: 'schedule',
  title: 'a durable send by a key while 100,000 jobs wait and 10,000 keys are known, CPU per message',
  async run({ rounds, slice }) {
    const names = [relay.name, crowded.name];
    const start = async (contender: typeof relay) => {
      const dir = tempDir();
      await fill(dir, contender === crowded);
      const system = await startSystem(contender, 'load', { dir });
      await system.prepare('connect', { port: system.port, count: 1, group: '', delay: 0 });
      return system;
    };
    return withSystems([relay, crowded], start, async (system) => {
      const run = (name: string, ms = slice) =>
        sendOn(system(name), { sendType: 'personal', targets: ['device-0'], concurrency: 64, ms, token: SHOWN });
      for (const name of names) await run(name, WARM_UP * slice);
      const measured = await interleave(names, rounds * MORE, (name) => run(name));
      return [
        ...compare({ label: '64 at once, one recipient', names, measured, pick: ({ cpu }) => cpu, unit: 'µs' }),
        {
          label: 'CPU with the jobs and keys, of that without',
          value: ratio(measured, crowded.name, relay.name, ({ cpu }) => cpu),
          unit: '×',
          goal: { atMost: 1.03 },
          details: '',
        },
      ];
    });
  },
};
