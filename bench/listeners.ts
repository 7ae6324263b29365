// A message to a thousand listeners of a topic, as ntfy's programs listen: by a socket, and by a stream of lines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure } from './benchmark.ts';
import type { JoinCall, PublishCall } from './clients/subscribers.ts';
import type { Contender } from './contenders/contender.ts';
import { raw, rawLines } from './contenders/node.ts';
import { relay } from './contenders/relay.ts';
import { compare, once } from './support/comparison.ts';
import { openable } from './support/descriptors.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { interleave, type Measured, type Work } from './support/slices.ts';
import { mean, type Round, spread, typical } from './support/stats.ts';
import { startSystem, startWithSubscribers, withSystems } from './support/systems.ts';

const LISTENERS = 1000;
/** How many listen before memory is measured, because the first ones cause one-time costs, such as compiling. */
const FIRST = 100;
const BYTES = 300;
/** Length of the warm-up, in slices. */
const WARM_UP = 4;
/** Wait in ms before memory is read. */
const SETTLE = 1000;
const KB = 2 ** 10;
/** No sign of life comes among the messages. */
const SIGNLESS = { keepalive: 3_600_000, maxListeners: 10_000, maxListenersPerAddress: 10_000 };
const SECTIONS = { streams: SIGNLESS, ...PINGS };

/** A way to listen, beside the floor that writes the same bytes. */
interface Way {
  readonly label: string;
  readonly listened: Contender;
  readonly floor: Contender;
}

const WAYS: readonly Way[] = [
  { label: '/ws', listened: { ...relay, channels: 'ntfy-ws' }, floor: raw },
  { label: '/json', listened: { ...relay, channels: 'ntfy-json' }, floor: rawLines },
];

interface Published extends Work {
  readonly p50: number;
}

/** CPU of a further listener for each message, in µs: that of a message to all, without that of one to a single listener. */
function perFurther(round: Round<Measured<Published>>, name: string, count: number): number {
  const cpuOf = (size: number) => mean((round.get(`${name} ${size}`) ?? []).map(({ cpu }) => cpu)) * size;
  return (cpuOf(count) - cpuOf(1)) / (count - 1);
}

async function measureCpu({ label, listened, floor }: Way, count: number, rounds: number, slice: number) {
  const start = (one: Contender) => startWithSubscribers(one, [1, count], { sections: SECTIONS });
  const cells = [listened, floor].flatMap(({ name }) => [1, count].map((size) => ({ name, size })));
  return withSystems([listened, floor], start, async (system) => {
    const publish = (name: string, size: number, ms = slice) =>
      system(name).slice<Published>('publish', { size, bytes: BYTES, events: 1, ms } satisfies PublishCall);
    // A warm-up, because the first slices would measure the compiler.
    for (const { name, size } of cells) await publish(name, size, (WARM_UP * slice) / 2);
    const byCell = new Map(cells.map((cell) => [`${cell.name} ${cell.size}`, cell]));
    const measured = await interleave([...byCell.keys()], rounds, (key) => {
      const { name = '', size = 1 } = byCell.get(key) ?? {};
      return publish(name, size);
    });
    const further = (name: string) => spread(measured.map((round) => perFurther(round, name, count)));
    const ratios = measured.map(
      (round) => perFurther(round, listened.name, count) / perFurther(round, floor.name, count),
    );
    const whole = (name: string) => number(typical(measured, `${name} ${count}`, ({ cpu }) => cpu));
    const alone = (name: string) => number(typical(measured, `${name} 1`, ({ cpu }) => cpu));
    const shown = ({ name }: Contender) =>
      `${name} ${number(further(name).median)} µs, with the publication ${whole(name)} µs, to one listener ${alone(name)} µs`;
    return [
      {
        label: `${label}, each further of ${number(count)}, of ${floor.name}`,
        value: spread(ratios),
        unit: '×' as const,
        goal: { atMost: 1.3 },
        details: [listened, floor].map(shown).join(' · '),
      },
    ];
  });
}

/** Memory that stays after a collection, as the system sees it. */
async function measureMemory({ label, listened }: Way, count: number): Promise<Figure[]> {
  const system = await startSystem(listened, 'subscribers', { sections: SECTIONS, collects: true });
  const read = async (size: number) => {
    const call = { port: system.port, wire: listened.channels ?? 'raw', sizes: [size] };
    await system.prepare('join', call satisfies JoinCall);
    await sleep(SETTLE);
    return system.memory();
  };
  const before = await read(FIRST);
  const perListener = ((await read(count)) - before) / count / KB;
  await system.end();
  return compare({
    label: `${label}, per listener`,
    names: [listened.name],
    measured: once(new Map([[listened.name, perListener]])),
    pick: (kilobytes) => kilobytes,
    unit: 'KB',
    goal: { atMost: 20 },
  });
}

/** CPU of the relay for each message to a further listener, and memory of a listener. */
export const listeners: Benchmark = {
  name: 'listeners',
  title: "a message to many listeners of ntfy's topics, CPU per listener",
  async run({ rounds, slice }) {
    const count = openable(LISTENERS + FIRST) - FIRST;
    const figures: Figure[] = [];
    for (const way of WAYS) {
      figures.push(...(await measureCpu(way, count, rounds, slice)), ...(await measureMemory(way, count)));
    }
    return figures;
  },
};
