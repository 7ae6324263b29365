// Resident memory of the program as people start it: at rest, after many messages, and with many devices.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { RegisterCall } from './clients/registrations.ts';
import type { Contender, Server } from './contenders/contender.ts';
import { bare } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { Child } from './support/child.ts';
import { compare, once } from './support/comparison.ts';
import { tempDir } from './support/exit.ts';
import { number } from './support/format.ts';
import { fill } from './support/stored.ts';

const MB = 2 ** 20;
/** Wait in ms before each reading. */
const SETTLE = 2000;

async function settled(server: Server): Promise<number> {
  await sleep(SETTLE);
  const bytes = await server.memory();
  await server.end();
  return bytes / MB;
}

async function withDevices(contender: Contender, count: number): Promise<Server> {
  const server = await contender.start();
  const load = new Child('bench/clients/registrations');
  await load.call('register', { port: server.port, count } satisfies RegisterCall);
  await load.end();
  return server;
}

/** No collection is forced here: this is what an operator sees. */
export const memory: Benchmark = {
  name: 'memory',
  title: 'resident memory of the program',
  async run({ sends, devices, others }) {
    const contenders = [relay, bare, ...others];
    const senders = contenders.filter((one) => one.sends);
    const readings = [
      { label: 'at rest', among: contenders, atMost: 70, prepare: (one: Contender) => one.start() },
      {
        label: `after ${number(sends)} messages`,
        among: senders,
        atMost: 110,
        prepare: (one: Contender) => fill(one, tempDir(), sends),
      },
      {
        label: `with ${number(devices)} known devices, one message each`,
        among: senders,
        atMost: 120,
        prepare: (one: Contender) => withDevices(one, devices),
      },
    ];
    const figures = [];
    for (const { label, among, atMost, prepare } of readings) {
      const slices = new Map<string, number>();
      for (const contender of among) slices.set(contender.name, await settled(await prepare(contender)));
      const names = among.map(({ name }) => name);
      figures.push(
        ...compare({ label, names, measured: once(slices), pick: (value) => value, unit: 'MB', goal: { atMost } }),
      );
    }
    return figures;
  },
};
