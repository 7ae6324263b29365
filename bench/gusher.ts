// One push to five thousand tagged sockets: to all of them, and to those that a pattern finds.
import type { Benchmark, Figure } from './benchmark.ts';
import type { PushCall, TaggedCall } from './clients/tagged.ts';
import { relay } from './contenders/relay.ts';
import { number } from './support/format.ts';
import { PINGS } from './support/pings.ts';
import { interleave, type Measured, type Work } from './support/slices.ts';
import { ratio, typical } from './support/stats.ts';
import { startSystem } from './support/systems.ts';

const SOCKETS = 5000;
const BYTES = 321;
const ACCOUNT = { account: 'bench', password: 'bench' };

/** The patterns of the pushes, by name. All but the last two reach every socket. */
const PATTERNS: ReadonlyMap<string, string> = new Map([
  ['broadcast', ''],
  ['prefix', '^user:'],
  ['pattern', '^user:\\d+$'],
  ['one by name', '^user:42$'],
  ['one by pattern', '^user:4[2]$'],
]);
const [BROADCAST = '', ...WIDE] = ['broadcast', 'prefix', 'pattern'];
const NARROW = ['one by name', 'one by pattern'];

interface Pushes extends Work {
  readonly pushes: number;
}

type Slice = Measured<Pushes>;

/**
 * CPU of the relay per delivered message by pattern, compared with the broadcast; and the cost of finding one socket.
 */
export const gusher: Benchmark = {
  name: 'gusher',
  title: `one push to ${SOCKETS.toLocaleString('en-US')} tagged sockets, CPU per delivered message`,
  async run({ rounds, slice }) {
    const system = await startSystem(relay, 'tagged', { sections: { gusher: ACCOUNT, ...PINGS } });
    await system.prepare('connect', { port: system.port, count: SOCKETS, ...ACCOUNT } satisfies TaggedCall);
    const run = (name: string): Promise<Slice> => {
      const call = { pattern: PATTERNS.get(name) ?? '', bytes: BYTES, ms: slice } satisfies PushCall;
      return system.slice<Pushes>('push', call);
    };
    const wide = await interleave([BROADCAST, ...WIDE], rounds, run);
    const narrow = await interleave(NARROW, rounds, run);
    await system.end();

    const cpu = (name: string) => number(typical(wide, name, (one) => one.cpu));
    const rate = (name: string) => number(typical(wide, name, (one) => one.rate));
    const figures: Figure[] = WIDE.map((name) => ({
      label: `to all by ${name}, to the broadcast`,
      value: ratio(wide, name, BROADCAST, (one) => one.cpu),
      unit: '×',
      details: `${name} ${cpu(name)} µs ${rate(name)}/s · broadcast ${cpu(BROADCAST)} µs ${rate(BROADCAST)}/s`,
    }));
    const [byName = '', byPattern = ''] = NARROW;
    figures.push({
      label: 'to one by pattern, CPU per push to one by name',
      value: ratio(narrow, byPattern, byName, (one) => one.cpu),
      unit: '×',
      details: NARROW.map((name) => `${name} ${number(typical(narrow, name, (one) => one.cpu))} µs`).join(' · '),
    });
    return figures;
  },
};
