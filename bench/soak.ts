// A relay under half load for minutes: does its memory stay flat, and does everything arrive?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure } from './benchmark.ts';
import type { ChurnCall, ChurnResult } from './clients/churn.ts';
import { type TrafficCall, type TrafficResult, WEBHOOKS } from './clients/traffic.ts';
import type { Server } from './contenders/contender.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { number } from './support/format.ts';
import { APP } from './support/pusher.ts';
import { median, slope, spread } from './support/stats.ts';

const MINUTE = 60_000;
const MB = 2 ** 20;
/** Share of the rate at full load. */
const LOAD = 0.5;
/** Length of the full load that the rate is measured with, and of the one before it that does not count, in ms. */
const MEASURING = 5_000;
/** Pause in ms between two readings of memory. */
const SAMPLING = 2_000;
/** What fills caches and compiles code, in ms: its samples do not count. At most half of the run. */
const WARM = 5 * MINUTE;
/** How long in ms the clients may take to finish after the run. */
const SETTLING = 2 * MINUTE;
const EDGES = ['channel_occupied', 'channel_vacated'];

interface Sample {
  /** Since the start of the run, in ms. */
  readonly at: number;
  /** In bytes. */
  readonly resident: number;
}

/** Reads the memory of a process again and again. */
async function watch(server: Server, ms: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  for (let at = 0; at < ms; at = performance.now() - started) {
    samples.push({ at, resident: await server.memory() });
    await sleep(SAMPLING);
  }
  return samples;
}

/** How much a straight line through the samples after the warm-up rises, as a share of their median. */
function growth(samples: readonly Sample[], ms: number): Figure {
  const warm = samples.filter(({ at }) => at >= Math.min(WARM, ms / 2));
  const residents = warm.map(({ resident }) => resident);
  const first = warm[0]?.at ?? 0;
  const last = warm.at(-1)?.at ?? 0;
  const perMs = slope(warm.map(({ at, resident }) => [at, resident] as const));
  const megabytes = (bytes: number) => `${number(bytes / MB)} MB`;
  return {
    label: `resident memory, growth over ${number((last - first) / MINUTE)} min`,
    value: spread([(perMs * (last - first)) / median(residents)]),
    unit: '%',
    goal: { atMost: 0.05 },
    details: `median ${megabytes(median(residents))} · highest ${megabytes(Math.max(...residents))} · slope ${megabytes(perMs * 60 * MINUTE)} an hour`,
  };
}

/** Starts the relay with the webhooks of the traffic and the app of the crowd. */
async function start(traffic: Child, crowd: Child): Promise<Server> {
  const hooks = await traffic.call<number>('listen');
  const reports = await crowd.call<number>('listen');
  const clients = WEBHOOKS.map((name, index) => ({
    name,
    group: '',
    url: `http://127.0.0.1:${hooks}/${index}`,
    method: 'POST',
  }));
  const app = { ...APP, webhooks: [{ url: `http://127.0.0.1:${reports}/`, events: EDGES }] };
  return relay.start({ sections: { apps: [app], webhook: { clients }, websocket: { maxBuffered: 2 ** 16 } } });
}

const count = (label: string, value: number, details: string): Figure => ({
  label,
  value: spread([value]),
  unit: '',
  goal: { atMost: 0 },
  details,
});

/** Messages, triggers, webhooks, devices and subscribers that come and go, drops and slow readers. */
export const soak: Benchmark = {
  name: 'soak',
  title: 'everything at half load for minutes, while devices and sockets come and go',
  onlyByName: true,
  async run({ minutes }) {
    const ms = minutes * MINUTE;
    const traffic = new Child('bench/clients/traffic');
    const crowd = new Child('bench/clients/churn');
    const server = await start(traffic, crowd);
    const { port } = server;
    await traffic.call('connect', { port });
    const full = () => traffic.call<number>('measure', { port, ms: MEASURING } satisfies TrafficCall);
    await full();
    const rate = (await full()) * LOAD;
    const cpu = await server.cpu();
    const [samples, sent, came] = await Promise.all([
      watch(server, ms),
      traffic.call<TrafficResult>('run', { port, ms, rate } satisfies TrafficCall, ms + SETTLING),
      crowd.call<ChurnResult>('churn', { port, ms } satisfies ChurnCall, ms + SETTLING),
    ]);
    const cores = ((await server.cpu()) - cpu) / (ms * 1000);
    await Promise.all([server.end(), traffic.end(), crowd.end()]);

    const { connections, subscriptions, drops, slow, cut, occupied, vacated, lost } = came;
    return [
      growth(samples, ms),
      count(
        'messages that did not arrive in order',
        sent.lost,
        `${number(sent.count)} requests at ${number(rate)}/s, ${sent.late} of them late · ${sent.returns} returns of a device · ${sent.repeated} repeats · ${cores.toFixed(2)} cores`,
      ),
      count(
        'channels whose reports do not add up',
        lost,
        `occupied ${occupied} · vacated ${vacated} · ${connections} connections, ${drops} dropped, ${subscriptions} subscriptions`,
      ),
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
