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
import { stored } from './support/stored.ts';

const MB = 2 ** 20;
/** Wait in ms before each reading: V8 gives back what it no longer needs within half a minute. */
const REST = 30_000;

async function atRest(contender: Contender): Promise<number> {
  const server = await contender.start();
  await sleep(REST);
  const bytes = await server.memory();
  await server.end();
  return bytes;
}

async function withDevices(contender: Contender, count: number): Promise<number> {
  const server = await contender.start();
  const load = new Child('bench/clients/registrations');
  await load.call('register', { port: server.port, count } satisfies RegisterCall);
  await load.end();
  await sleep(REST);
  const bytes = await server.memory();
  await server.end();
  return bytes;
}

/** No collection is forced here: this is what an operator sees. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'resident memory of the program, half a minute later',
  async run({ sends, devices, others }) {
    const contenders = [relay, bare, ...others];
    const senders = contenders.filter((one) => one.sends);
    const readings = [
      // All at the same time, because they do nothing.
      { label: 'at rest', among: contenders, atMost: 70, read: atRest, together: true },
      {
        label: `after ${number(sends)} messages`,
        among: senders,
        atMost: 110,
        read: async (one: Contender) => (await stored(one, sends)).memory,
      },
      {
        label: `with ${number(devices)} known devices, one message each`,
        among: senders,
        atMost: 120,
        read: (one: Contender) => withDevices(one, devices),
      },
    ];
    const figures = [];
    for (const { label, among, atMost, read, together = false } of readings) {
      const slices = new Map<string, number>();
      const readOne = async (contender: Contender) =>
        void slices.set(contender.name, await stepOf(contender, read(contender)));
      if (together) await Promise.all(among.map(readOne));
      else for (const contender of among) await readOne(contender);
      const names = among.map(({ name }) => name);
      figures.push(
        ...compare({ label, names, measured: once(slices), pick: (bytes) => bytes / MB, unit: 'MB', goal: { atMost } }),
      );
    }
    return figures;
  },
};
