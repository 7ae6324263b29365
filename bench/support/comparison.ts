// Figures of the relay beside those of other systems, all measured in the same run.
import type { Figure, Goal } from '../benchmark.ts';
import { number } from './format.ts';
import { type Round, ratio, spread, typical } from './stats.ts';

/** What to compare. */
export interface Comparison<Slice> {
  readonly label: string;
  /** The systems; the first is the relay. */
  readonly names: readonly string[];
  readonly measured: readonly Round<Slice>[];
  readonly pick: (slice: Slice) => number;
  readonly unit: Figure['unit'];
  readonly goal?: Goal;
  /** More about one system. */
  readonly details?: (name: string) => string;
}

/** One figure per system: that of the relay has the goal, and each other one says what the relay's is as a multiple. */
export function compare<Slice>(comparison: Comparison<Slice>): Figure[] {
  const { label, names, measured, pick, unit, goal, details = () => '' } = comparison;
  const [ours = '', ...others] = names;
  const value = (name: string) => spread(measured.flatMap((round) => (round.get(name) ?? []).map(pick)));
  return [
    { label, value: value(ours), unit, ...(goal === undefined ? {} : { goal }), details: details(ours) },
    ...others.map((name) => ({
      label: `  ${name}`,
      of: name,
      value: value(name),
      unit,
      details: [`relay ${number(ratio(measured, ours, name, pick).median)} ×`, details(name)]
        .filter(Boolean)
        .join(' · '),
    })),
  ];
}

/** Slices of systems that are measured once only. */
export function once<Slice>(slices: ReadonlyMap<string, Slice>): readonly Round<Slice>[] {
  return [new Map([...slices].map(([name, slice]) => [name, [slice]]))];
}

/** A slice with CPU time, rate and the median time of one unit. */
interface Timed {
  readonly cpu: number;
  readonly rate: number;
  readonly p50: number;
}

/** CPU per unit of all systems, and that of the relay as a multiple of a floor's. */
export function compareCpu<Slice extends Timed>(
  label: string,
  names: readonly string[],
  measured: readonly Round<Slice>[],
  goals: { readonly floor: string; readonly ofFloor?: Goal; readonly cpu?: Goal },
  /** Shows the median time of one unit. */
  time = (ms: number) => `p50 ${number(ms)} ms`,
): Figure[] {
  const { floor, ofFloor, cpu } = goals;
  const of = (name: string, pick: (slice: Slice) => number) => typical(measured, name, pick);
  return [
    ...compare({
      label,
      names,
      measured,
      pick: (slice) => slice.cpu,
      unit: 'µs',
      ...(cpu === undefined ? {} : { goal: cpu }),
      details: (name) => `${number(of(name, ({ rate }) => rate))}/s · ${time(of(name, ({ p50 }) => p50))}`,
    }),
    {
      label: `${label}, of ${floor}`,
      value: ratio(measured, names[0] ?? '', floor, (slice) => slice.cpu),
      unit: '×',
      ...(ofFloor === undefined ? {} : { goal: ofFloor }),
      details: '',
    },
  ];
}
