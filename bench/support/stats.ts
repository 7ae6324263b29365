// Combines the numbers of several rounds: their median, and the spread of the middle half.

/** A median with the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which that share of the values lies, interpolated; NaN if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The median of the values; NaN if there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The arithmetic mean; NaN if there are no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Median and quartiles. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** How fast a straight line through the points rises (least squares); NaN for fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const x0 = mean(points.map(([x]) => x));
  const y0 = mean(points.map(([, y]) => y));
  const rise = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return rise / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}

/** The slices of one round, by system. */
export type Round<Slice> = ReadonlyMap<string, readonly Slice[]>;

/**
 * The ratio of two systems. It is computed per round, so that changes of the machine between rounds do not distort it.
 * @param pick the figure of a slice to compare
 */
export function ratio<Slice>(
  rounds: readonly Round<Slice>[],
  system: string,
  floor: string,
  pick: (slice: Slice) => number,
): Spread {
  const of = (round: Round<Slice>, name: string) => mean((round.get(name) ?? []).map(pick));
  return spread(rounds.map((round) => of(round, system) / of(round, floor)));
}

/** The median of one figure of a system over all its slices. */
export function typical<Slice>(
  rounds: readonly Round<Slice>[],
  system: string,
  pick: (slice: Slice) => number,
): number {
  return median(rounds.flatMap((round) => (round.get(system) ?? []).map(pick)));
}
