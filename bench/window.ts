// A device that is far away: how many messages reach it in order while each acknowledgement takes a long time.
import type { Benchmark } from './benchmark.ts';
import { relay } from './contenders/relay.ts';
import { number } from './support/format.ts';
import { interleave } from './support/slices.ts';
import { spread, typical } from './support/stats.ts';
import { sendOn, startWithDevices, withSystems } from './support/systems.ts';

const DELAY = 50;
/** Length in slices: long enough that the first and the last window make little difference. */
const SLICES = 3;

/** One device that takes 50 ms to acknowledge, and 64 senders. */
export const window: Benchmark = {
  name: 'window',
  title: `one device that takes ${DELAY} ms to acknowledge, 64 senders`,
  run: ({ rounds, slice }) =>
    withSystems(
      [relay],
      (one) => startWithDevices(one, { count: 1, group: '', delay: DELAY }),
      async (system) => {
        const measured = await interleave([relay.name], Math.ceil(rounds / 2), (name) =>
          sendOn(system(name), {
            sendType: 'personal',
            targets: ['device-0'],
            concurrency: 64,
            ms: slice * SLICES,
          }),
        );
        const rates = measured.flatMap((round) => (round.get(relay.name) ?? []).map(({ rate }) => rate));
        return [
          {
            label: 'messages in order',
            value: spread(rates),
            unit: '/s',
            goal: { atLeast: 300 },
            details: `p50 ${number(typical(measured, relay.name, ({ p50 }) => p50))} ms`,
          },
        ];
      },
    ),
};
