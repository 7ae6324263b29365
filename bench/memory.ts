// Resident memory of the program as people start it: at rest, after many messages, and with many devices.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { RegisterCall } from './clients/registrations.ts';
import { type Contender, stepOf } from './contenders/contender.ts';
import { bare } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { compare, once } from './support/comparison.ts';
import { number } from './support/format.ts';
import { fill } from './support/stored.ts';

const MB = 2 ** 20;
/** Wait in ms before the readings: V8 gives back what it no longer needs within half a minute. */
const REST = 30_000;

/** A running system that has its load behind it. */
interface Loaded {
  memory(): Promise<number>;
  close(): Promise<unknown>;
}

async function withDevices(contender: Contender, count: number): Promise<Loaded> {
  const server = await contender.start();
  const load = new Child('bench/clients/registrations');
  await load.call('register', { port: server.port, count } satisfies RegisterCall);
  await load.end();
  return server;
}

/** No collection is forced here: this is what an operator sees. All systems rest at the same time. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'resident memory of the program, half a minute later',
  async run({ sends, devices, others }) {
    const contenders = [relay, bare, ...others];
    const senders = contenders.filter((one) => one.sends);
    const cells = [
      {
        label: `after ${number(sends)} messages`,
        among: senders,
        atMost: 110,
        load: (one: Contender) => fill(one, sends),
      },
      {
        label: `with ${number(devices)} known devices, one message each`,
        among: senders,
        atMost: 120,
        load: (one: Contender) => withDevices(one, devices),
      },
      { label: 'at rest', among: contenders, atMost: 70, load: (one: Contender): Promise<Loaded> => one.start() },
    ];
    const loaded = new Map<(typeof cells)[number], Map<Contender, Loaded>>();
    for (const cell of cells) {
      const systems = new Map<Contender, Loaded>();
      loaded.set(cell, systems);
      for (const one of cell.among) systems.set(one, await stepOf(one, cell.load(one)));
    }
    await sleep(REST);
    const figures = [];
    for (const [{ label, among, atMost }, systems] of loaded) {
      const slices = new Map<string, number>();
      for (const [one, system] of systems) {
        slices.set(one.name, await stepOf(one, system.memory()));
        await stepOf(one, system.close());
      }
      const names = among.map(({ name }) => name);
      figures.push(
        ...compare({ label, names, measured: once(slices), pick: (bytes) => bytes / MB, unit: 'MB', goal: { atMost } }),
      );
    }
    return figures;
  },
};
