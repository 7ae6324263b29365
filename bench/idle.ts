// The resident memory of an idle socket: of a device, and of a subscriber to a channel.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { Contender } from './contenders/contender.ts';
import { bare, mpush, raw } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { APP } from './support/pusher.ts';
import { type System, startSystem } from './support/systems.ts';

const SOCKETS = 5_000;
/** How many sockets open before the measurement, because the first ones cause one-time costs, such as compiling. */
const FIRST = 500;
/** Wait in ms before each reading. */
const SETTLE = 1000;
const KB = 2 ** 10;

/** Opens sockets until there are `count`. */
type Open = (system: System, count: number) => Promise<void>;

async function perSocket(system: System, open: Open, count: number): Promise<number> {
  const read = async (upTo: number) => {
    await open(system, upTo);
    await sleep(SETTLE);
    return system.memory();
  };
  const before = await read(FIRST);
  const after = await read(count);
  await system.end();
  return (after - before) / (count - FIRST) / KB;
}

/** Memory that stays after a collection, as the system sees it, compared with servers that only hold the socket. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'resident memory per idle socket',
  async run({ others }) {
    const count = openable(SOCKETS);
    const options = { sections: { apps: [APP], ...PINGS }, collects: true };
    const devices = [relay, bare, mpush, ...others.filter(({ sends }) => sends)];
    const subscribers = [relay, raw, ...others.filter(({ channels }) => channels !== undefined)];
    const asDevice: Open = (system, upTo) =>
      system.prepare('connect', { port: system.port, count: upTo, group: '', delay: 0 });
    const asSubscriber =
      ({ channels }: Contender): Open =>
      (system, upTo) =>
        system.prepare('join', { port: system.port, wire: channels, sizes: [upTo === FIRST ? FIRST : upTo - FIRST] });
    const cells = [
      { kind: 'device', among: devices, load: 'load', open: () => asDevice },
      { kind: 'subscriber', among: subscribers, load: 'subscribers', open: asSubscriber },
    ];
    const figures = [];
    for (const { kind, among, load, open } of cells) {
      const slices = new Map<string, number>();
      for (const one of among) {
        slices.set(one.name, await perSocket(await startSystem(one, load, options), open(one), count));
      }
      figures.push(
        ...compare({
          label: `per ${kind}, ${number(count)} connected`,
          names: among.map(({ name }) => name),
          measured: once(slices),
          pick: (kilobytes) => kilobytes,
          unit: 'KB',
          goal: { atMost: 11 },
        }),
      );
    }
    return figures;
  },
};
