// HTTP send → socket → acknowledgement → reply.
import type { Benchmark, Figure, Goal } from './benchmark.ts';
import type { SendResult } from './clients/load.ts';
import { number } from './support/format.ts';
import { interleave, type Measured } from './support/slices.ts';
import { type Round, ratio, typical } from './support/stats.ts';
import { SYSTEMS, sendOn, withSystems } from './support/systems.ts';

type Slice = Measured<SendResult>;

const CONCURRENCY = [1, 16, 64];
const RECIPIENTS = [1, 100];

function details(rounds: readonly Round<Slice>[]): string {
  return SYSTEMS.map((name) => {
    const of = (pick: (slice: Slice) => number) => number(typical(rounds, name, pick));
    return `${name} ${of(({ rate }) => rate)}/s ${of(({ cpu }) => cpu)} µs p50 ${of(({ p50 }) => p50)} ms`;
  }).join(' · ');
}

/** A durable send against the same path without storage, and against the floor. */
export const send: Benchmark = {
  name: 'send',
  title: 'HTTP send → socket → acknowledgement → reply, durable',
  run: ({ rounds, slice }) =>
    withSystems(SYSTEMS, { count: Math.max(...RECIPIENTS), group: '', delay: 0 }, async (systems) => {
      const figures: Figure[] = [];
      // A warm-up, because the first cell has the fewest requests and would measure the compiler.
      for (const name of SYSTEMS) {
        await sendOn(systems, name, { sendType: 'personal', targets: ['device-0'], concurrency: 64, ms: 3 * slice });
      }
      for (const recipients of RECIPIENTS) {
        const targets = Array.from({ length: recipients }, (_, index) => `device-${index}`);
        for (const concurrency of CONCURRENCY) {
          const measured = await interleave(SYSTEMS, rounds, (name) =>
            sendOn(systems, name, { sendType: 'personal', targets, concurrency, ms: slice }),
          );
          const isGoal = recipients === 1 && concurrency === 64;
          const share = (floor: string, what: string, goal: Goal, shown: string): Figure => ({
            label: `${concurrency} at once, ${recipients === 1 ? 'one recipient' : `${recipients} recipients`}, ${what}`,
            value: ratio(measured, 'durable', floor, ({ rate }) => rate),
            unit: '%',
            ...(isGoal ? { goal } : {}),
            details: shown,
          });
          figures.push(
            share('storage off', 'of storage off', { atLeast: 0.5 }, details(measured)),
            share('bare', 'of bare http + ws', { atLeast: 0.3 }, ''),
          );
        }
      }
      return figures;
    }),
};
