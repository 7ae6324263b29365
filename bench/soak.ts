// Sockets that come and leave for minutes: does memory stay flat, and does an app's backend get every report?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { ChurnCall, ChurnResult } from './clients/churn.ts';
import type { Server } from './contenders/contender.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { number } from './support/format.ts';
import { APP } from './support/pusher.ts';
import { median, slope, spread } from './support/stats.ts';

const MINUTE = 60_000;
const MB = 2 ** 20;
const SAMPLES = 120;
/** The share of the run that fills caches and compiles code. The samples of this first part do not count. */
const WARM = 0.2;
const EDGES = ['channel_occupied', 'channel_vacated'];

interface Sample {
  /** Since the start of the run, in ms. */
  readonly at: number;
  /** In bytes, right after a collection. */
  readonly resident: number;
}

/** Samples the memory of a process at even intervals over a run. */
async function watch(server: Server, ms: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  for (let next = 0; next < SAMPLES; next += 1) {
    await sleep(started + ((next + 1) * ms) / SAMPLES - performance.now());
    await server.collect();
    samples.push({ at: performance.now() - started, resident: await server.memory() });
  }
  return samples;
}

/** How much a straight line through the values rises over the run, as a share of their median. */
function growth(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  const first = samples[0]?.at ?? 0;
  const last = samples.at(-1)?.at ?? 0;
  const points = samples.map((sample) => [sample.at, pick(sample)] as const);
  return (slope(points) * (last - first)) / median(samples.map(pick));
}

const megabytes = (bytes: readonly number[]) => number(median(bytes) / MB);

/** Connections, drops and slow readers in the Pusher dialect. */
export const soak: Benchmark = {
  name: 'soak',
  title: 'sockets that come and leave, and readers that read nothing',
  onlyByName: true,
  async run({ minutes }) {
    const ms = minutes * MINUTE;
    const crowd = new Child('bench/clients/churn');
    const hookPort = await crowd.call<number>('listen');
    const hook = { url: `http://127.0.0.1:${hookPort}/`, events: EDGES };
    const server = await relay.start({
      sections: { apps: [{ ...APP, webhooks: [hook] }], websocket: { maxBuffered: 2 ** 16 } },
      collects: true,
    });
    const { port } = server;
    const [samples, result] = await Promise.all([
      watch(server, ms),
      crowd.call<ChurnResult>('churn', { port, ms } satisfies ChurnCall),
    ]);
    await Promise.all([server.end(), crowd.end()]);

    const warm = samples.slice(Math.floor(samples.length * WARM));
    const half = warm.length / 2;
    const figure = (label: string, pick: (sample: Sample) => number) => ({
      label,
      value: spread([growth(warm, pick)]),
      unit: '%' as const,
      goal: { atMost: 0.05 },
      details: `median of the first half ${megabytes(warm.slice(0, half).map(pick))} MB · of the second ${megabytes(warm.slice(half).map(pick))} MB`,
    });
    const { connections, subscriptions, drops, slow, cut, occupied, vacated, lost } = result;
    return [
      figure(`resident memory, growth over ${minutes} min`, ({ resident }) => resident),
      {
        label: 'channels whose reports do not add up',
        value: spread([lost]),
        unit: '' as const,
        goal: { atMost: 0 },
        details: `occupied ${occupied} · vacated ${vacated} · ${connections} connections, ${drops} dropped, ${subscriptions} subscriptions`,
      },
      {
        label: 'slow readers that were cut off',
        value: spread([cut / slow]),
        unit: '%' as const,
        goal: { atLeast: 1 },
        details: `${cut} of ${slow}`,
      },
    ];
  },
};
