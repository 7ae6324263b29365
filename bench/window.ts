// A device that is far away: how many messages reach it in order while each acknowledgement takes a long time.
import type { Benchmark } from './benchmark.ts';
import { number } from './support/format.ts';
import { interleave } from './support/slices.ts';
import { ratio, spread, typical } from './support/stats.ts';
import { sendOn, withSystems } from './support/systems.ts';

const SYSTEMS = ['durable', 'storage off'] as const;
const DELAY = 50;
/** Length in slices: long enough that the first and the last window make little difference. */
const SLICES = 3;

/** One device that takes 50 ms to acknowledge, and 64 senders. */
export const window: Benchmark = {
  name: 'window',
  title: `one device that takes ${DELAY} ms to acknowledge, 64 senders`,
  run: ({ rounds, slice }) =>
    withSystems(SYSTEMS, { count: 1, group: '', delay: DELAY }, async (systems) => {
      const measured = await interleave(SYSTEMS, Math.ceil(rounds / 2), (name) =>
        sendOn(systems, name, {
          sendType: 'personal',
          targets: ['device-0'],
          concurrency: 64,
          ms: slice * SLICES,
        }),
      );
      const rates = measured.flatMap((round) => (round.get('durable') ?? []).map(({ rate }) => rate));
      return [
        {
          label: 'messages in order',
          value: spread(rates),
          unit: '/s',
          goal: { atLeast: 300 },
          details: `p50 ${number(typical(measured, 'durable', ({ p50 }) => p50))} ms`,
        },
        {
          label: 'of storage off',
          value: ratio(measured, 'durable', 'storage off', ({ rate }) => rate),
          unit: '%',
          details: `storage off ${number(typical(measured, 'storage off', ({ rate }) => rate))}/s`,
        },
      ];
    }),
};
