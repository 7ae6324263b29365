// Resident memory of the program as people start it: at rest, after many messages, and with many devices.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { RegisterCall } from './clients/registrations.ts';
import type { Contender } from './contenders/contender.ts';
import { bare } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { compare, once } from './support/comparison.ts';
import { number } from './support/format.ts';
import { stored } from './support/stored.ts';

const MB = 2 ** 20;
/** Wait in ms before each reading. */
const SETTLE = 2000;

async function atRest(contender: Contender): Promise<number> {
  const server = await contender.start();
  await sleep(SETTLE);
  const bytes = await server.memory();
  await server.end();
  return bytes;
}

async function withDevices(contender: Contender, count: number): Promise<number> {
  const server = await contender.start();
  const load = new Child('bench/clients/registrations');
  await load.call('register', { port: server.port, count } satisfies RegisterCall);
  await load.end();
  await sleep(SETTLE);
  const bytes = await server.memory();
  await server.end();
  return bytes;
}

/** No collection is forced here: this is what an operator sees. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'resident memory of the program',
  async run({ sends, devices, others }) {
    const contenders = [relay, bare, ...others];
    const senders = contenders.filter((one) => one.sends);
    const readings = [
      { label: 'at rest', among: contenders, atMost: 70, read: atRest },
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
    for (const { label, among, atMost, read } of readings) {
      const slices = new Map<string, number>();
      for (const contender of among) slices.set(contender.name, await read(contender));
      const names = among.map(({ name }) => name);
      figures.push(
        ...compare({ label, names, measured: once(slices), pick: (bytes) => bytes / MB, unit: 'MB', goal: { atMost } }),
      );
    }
    return figures;
  },
};
