// Formats numbers and figures for people.
import type { Figure } from '../benchmark.ts';

/** A number with three significant digits and a comma between thousands. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** A value in its unit, without the unit's name. */
function amount(value: number, unit: Figure['unit']): string {
  if (unit === '%') return (value * 100).toFixed(0);
  return unit === '×' ? value.toFixed(2) : number(value);
}

const suffix = (unit: Figure['unit']) => (unit === '/s' || unit === '' ? unit : ` ${unit}`);

/** `52 %` */
export function valueText({ value, unit }: Figure): string {
  return amount(value.median, unit) + suffix(unit);
}

/** `49..55`; empty for a single measurement. */
export function spreadText({ value, unit }: Figure): string {
  return value.low === value.high ? '' : `${amount(value.low, unit)}..${amount(value.high, unit)}`;
}

/** `≥ 50 %`; empty without a goal. */
export function goalText({ goal, unit }: Figure): string {
  if (goal === undefined) return '';
  const [sign, bound] = 'atLeast' in goal ? ['≥', goal.atLeast] : ['≤', goal.atMost];
  return `${sign} ${amount(bound, unit)}${suffix(unit)}`;
}
