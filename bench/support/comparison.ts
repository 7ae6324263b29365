// Figures of the relay beside those of other systems, all measured in the same run.
import type { Figure, Goal } from '../benchmark.ts';
import { number } from './format.ts';
import { type Round, ratio, spread } from './stats.ts';

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
