// Figures of every kind: met, missed, and without a goal.
import type { Benchmark, Figure } from '../../../bench/benchmark.ts';

/** A benchmark as the results name it. */
type Shown = Pick<Benchmark, 'name' | 'title'>;

export const share: Figure = {
  label: '64 at once, of storage off',
  value: { median: 0.524, low: 0.491, high: 0.55 },
  unit: '%',
  goal: { atLeast: 0.5 },
  details: 'durable 6,200/s',
};
export const cpu: Figure = {
  label: 'one event a turn',
  value: { median: 1.25, low: 1.1, high: 1.3 },
  unit: '×',
  goal: { atMost: 1.2 },
  details: '',
};
export const memory: Figure = {
  label: 'at rest',
  value: { median: 81.04, low: 81.04, high: 81.04 },
  unit: 'MB',
  details: '',
};

export const send: Shown = { name: 'send', title: 'send & reply' };
export const idle: Shown = { name: 'idle', title: 'memory' };
