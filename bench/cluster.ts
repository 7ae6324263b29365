// Several nodes on one Redis: what they cost beside one relay without Redis.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure, Pace } from './benchmark.ts';
import type { DevicesCall, SendCall, SendResult } from './clients/load.ts';
import type { JoinCall, PublishCall } from './clients/subscribers.ts';
import { Cluster } from './contenders/cluster.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { APP } from './support/pusher.ts';
import { interleave, type Measured, measure, type Work } from './support/slices.ts';
import { type Round, ratio, spread, typical } from './support/stats.ts';

/** Devices of all nodes together; they can be divided by each number of nodes. */
const DEVICES = 96;
/** Senders of each node that takes messages: more nodes are for more load. */
const SENDERS = 64;
const COUNTS = [1, 2, 3, 4];
const SUBSCRIBERS = 1_000;
const BYTES = 300;
const EMBEDDED = 'embedded';
const nodesOf = (count: number) => `${count} ${count === 1 ? 'node' : 'nodes'}`;
/** Nodes that idle. */
const TRIO = 3;
/** How long in ms the shards may need to settle after a node has come. */
const SETTLE = 5_000;
const IDLE = 10_000;
/** Notices that nodes send themselves, for each event. */
const BEATS = 0.2;

/** Relays under one load: one without Redis, or a cluster. */
interface Relays {
  readonly ports: readonly number[];
  cpu(): Promise<number>;
  redisCpu(): Promise<number>;
  /** Notices that Redis has published so far, those of beats included. */
  notices(): Promise<number>;
  end(): Promise<void>;
}

interface Measurement extends Measured<Work> {
  readonly p50: number;
  /** CPU time of Redis for each unit, in µs. */
  readonly redis: number;
  /** Notices for each unit. */
  readonly notices: number;
}

async function startEmbedded(sections: Readonly<Record<string, object>>): Promise<Relays> {
  const server = await relay.start({ sections });
  const none = async () => 0;
  return { ports: [server.port], cpu: () => server.cpu(), redisCpu: none, notices: none, end: () => server.end() };
}

async function measureWith<W extends Work & { readonly p50: number }>(
  relays: Relays,
  load: Child,
  work: () => Promise<W>,
): Promise<Measurement> {
  const before = { cpu: await relays.redisCpu(), notices: await relays.notices() };
  const slice = await measure(relays, load, work);
  return {
    ...slice,
    redis: ((await relays.redisCpu()) - before.cpu) / slice.count,
    notices: ((await relays.notices()) - before.notices) / slice.count,
  };
}

/** Starts one relay without Redis, and clusters of these sizes, each with a load; and ends them after use. */
async function withAll<Result>(
  counts: readonly number[],
  program: string,
  sections: Readonly<Record<string, object>>,
  use: (of: (name: string) => { readonly relays: Relays; readonly load: Child }) => Promise<Result>,
): Promise<Result> {
  const all = new Map<string, { relays: Relays; load: Child }>();
  const add = (name: string, relays: Relays) => all.set(name, { relays, load: new Child(program) });
  add(EMBEDDED, await startEmbedded(sections));
  for (const count of counts) add(nodesOf(count), await Cluster.start(count, sections));
  const result = await use((name) => {
    const one = all.get(name);
    if (one === undefined) throw new Error(`${name} is not running`);
    return one;
  });
  await Promise.all([...all.values()].flatMap(({ relays, load }) => [relays.end(), load.end()]));
  return result;
}

const device = (index: number) => `device-${index}`;

/** Sends by some nodes at the same time. @throws Error if one is not acknowledged */
async function sendBy(load: Child, ports: readonly number[], first: number, ms: number) {
  const targets = Array.from({ length: DEVICES - first }, (_, index) => device(first + index));
  const results = await Promise.all(
    ports.map((port) =>
      load.call<SendResult>('send', {
        port,
        sendType: 'personal',
        targets,
        concurrency: SENDERS,
        ms,
      } satisfies SendCall),
    ),
  );
  const unsettled = results.reduce((sum, one) => sum + one.unsettled, 0);
  if (unsettled > 0) throw new Error(`${unsettled} sends were not ok`);
  const [{ p50, ms: elapsed } = { p50: 0, ms: 1 }] = results;
  return { count: results.reduce((sum, { count }) => sum + count, 0), ms: elapsed, p50 };
}

const cells = (measured: readonly Round<Measurement>[], names: readonly string[]) =>
  names
    .map((name) => {
      const of = (pick: (one: Measurement) => number) => number(typical(measured, name, pick));
      return `${name} ${of(({ cpu }) => cpu)} + Redis ${of(({ redis }) => redis)} µs, ${of(({ rate }) => rate)}/s, p50 ${of(({ p50 }) => p50)} ms`;
    })
    .join(' · ');

/** Durable sends: senders and devices on one node, on two, and spread over all. */
async function sends({ rounds, slice }: Pace): Promise<Figure[]> {
  return withAll(COUNTS, 'bench/clients/load', {}, async (of) => {
    const names = [EMBEDDED, ...COUNTS.map(nodesOf)];
    for (const name of names) {
      const { relays, load } = of(name);
      for (const [index, port] of relays.ports.entries()) {
        const count = (DEVICES / relays.ports.length) * (index + 1);
        await load.call('connect', { port, count, group: '', delay: 0 } satisfies DevicesCall);
      }
    }
    const apart = await interleave([EMBEDDED, nodesOf(1), nodesOf(2)], rounds, (name) => {
      const { relays, load } = of(name);
      const first = name === nodesOf(2) ? DEVICES / 2 : 0;
      return measureWith(relays, load, () => sendBy(load, relays.ports.slice(0, 1), first, slice));
    });
    const spreadOut = await interleave(COUNTS.map(nodesOf), rounds, (name) => {
      const { relays, load } = of(name);
      return measureWith(relays, load, () => sendBy(load, relays.ports, 0, slice));
    });
    const rate = (name: string, atLeast: number, label: string): Figure => ({
      label: `sends, rate of ${label}, of ${EMBEDDED}`,
      value: ratio(apart, name, EMBEDDED, (one) => one.rate),
      unit: '%',
      goal: { atLeast },
      details: cells(apart, [name, EMBEDDED]),
    });
    return [
      rate(nodesOf(1), 0.6, 'one node'),
      rate(nodesOf(2), 0.5, 'senders on one node, devices on another'),
      ...COUNTS.slice(1).map(
        (count): Figure => ({
          label: `sends, CPU of ${nodesOf(count)} per message, of one`,
          value: ratio(spreadOut, nodesOf(count), nodesOf(1), (one) => one.cpu),
          unit: '×',
          goal: { atMost: 1.25 },
          details: cells(spreadOut, [nodesOf(count), nodesOf(1)]),
        }),
      ),
    ];
  });
}

/** Events to subscribers of one node, published on it or on another one. */
async function events({ rounds, slice }: Pace): Promise<Figure[]> {
  const counts = [1, 2];
  return withAll(counts, 'bench/clients/subscribers', { apps: [APP], ...PINGS }, async (of) => {
    const names = [EMBEDDED, ...counts.map(nodesOf)];
    for (const name of names) {
      const { relays, load } = of(name);
      const join = (port: number, sizes: number[]) =>
        load.call('join', { port, wire: 'pusher', sizes } satisfies JoinCall);
      await join(relays.ports.at(-1) ?? 0, [SUBSCRIBERS]);
      // From here on, it publishes on the first node.
      await join(relays.ports[0] ?? 0, []);
    }
    const measured = await interleave(names, rounds, (name) => {
      const { relays, load } = of(name);
      const call = { size: SUBSCRIBERS, bytes: BYTES, events: 1, ms: slice } satisfies PublishCall;
      return measureWith(relays, load, () => load.call<Work & { readonly p50: number }>('publish', call));
    });
    const costs = counts.map((count) => ({
      label: `events to ${number(SUBSCRIBERS)}, ${count === 1 ? 'one node' : 'published on another node'}, CPU of ${EMBEDDED}`,
      value: ratio(measured, nodesOf(count), EMBEDDED, (one) => one.cpu),
      unit: '×' as const,
      goal: { atMost: 1.05 },
      details: cells(measured, [nodesOf(count), EMBEDDED]),
    }));
    const sent = measured.flatMap((round) => (round.get(nodesOf(2)) ?? []).map((one) => one.notices * SUBSCRIBERS));
    const messages: Figure = {
      label: 'notices for each event, subscribers on one of two nodes, beats included',
      value: spread(sent),
      unit: '×',
      goal: { atMost: 1 + BEATS },
      details: `${number(SUBSCRIBERS)} subscribers`,
    };
    return [...costs, messages];
  });
}

/** The CPU time of three idle nodes with a thousand sockets each. */
async function idle(slice: number): Promise<Figure> {
  const cluster = await Cluster.start(TRIO, {});
  const load = new Child('bench/clients/load');
  for (const [index, port] of cluster.ports.entries()) {
    const count = SUBSCRIBERS * (index + 1);
    await load.call('connect', { port, count, group: '', delay: 0 } satisfies DevicesCall);
  }
  await sleep(SETTLE);
  const redisBefore = await cluster.redisCpu();
  const ms = Math.max(slice, IDLE);
  const { cpu } = await measure(cluster, undefined, async () => {
    await sleep(ms);
    return { count: ms * 1000, ms };
  });
  const redis = ((await cluster.redisCpu()) - redisBefore) / (ms * 1000);
  await Promise.all([cluster.end(), load.end()]);
  return {
    label: `${nodesOf(TRIO)} with ${number(SUBSCRIBERS)} idle sockets each, of a core`,
    value: spread([cpu]),
    unit: '%',
    goal: { atMost: 0.01 },
    details: `nodes ${(cpu * 100).toFixed(2)} % · Redis ${(redis * 100).toFixed(2)} %`,
  };
}

/** Nodes on a Redis that flushes each second. The CPU time of Redis stands beside that of the nodes. */
export const cluster: Benchmark = {
  name: 'cluster',
  title: 'several nodes on one Redis, beside one relay without Redis',
  onlyByName: true,
  run: async (pace) => [...(await sends(pace)), ...(await events(pace)), await idle(pace.slice)],
};
