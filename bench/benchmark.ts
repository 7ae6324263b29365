// The benchmarks: each measures the relay next to a floor, which does only the unavoidable work. This file: the types.
import type { Contender } from './contenders/contender.ts';
import type { Spread } from './support/stats.ts';

/** How long a benchmark may take. */
export interface Pace {
  /** Counted rounds; in each, every system has two slices. */
  readonly rounds: number;
  /** Length of a slice, in ms. */
  readonly slice: number;
  /** How many messages the large message log has. */
  readonly stored: number;
  /** How many messages a relay gets before its memory and its files are measured. */
  readonly sends: number;
  /** How many devices register before its memory is measured. */
  readonly devices: number;
  /** How many messages wait for a device. */
  readonly queued: number;
  /** Length of a soak, in minutes. */
  readonly minutes: number;
  /** Systems to compare with, besides the floors: another checkout, and peers. */
  readonly others: readonly Contender[];
}

/** The bound that the median of a figure has to meet. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One result. */
export interface Figure {
  /** What was measured and what it is compared with, in a few words. */
  readonly label: string;
  readonly value: Spread;
  /** The system that was measured, if it is not the relay. */
  readonly of?: string;
  /** `%` shows a ratio of 0.5 as 50 %, `×` as 0.50 ×; empty for a plain count. */
  readonly unit: '%' | '×' | '/s' | 'MB' | 'KB' | 'B' | 'ms' | 'µs' | '';
  readonly goal?: Goal;
  /** The plain numbers behind it. */
  readonly details: string;
}

/** One thing to measure. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Takes too long to be part of a whole run. */
  readonly onlyByName?: boolean;
  run(pace: Pace): Promise<Figure[]>;
}

/** Whether the median meets the goal; undefined without a goal. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atLeast' in goal ? value.median >= goal.atLeast : value.median <= goal.atMost;
}
