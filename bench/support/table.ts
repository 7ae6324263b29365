// The results as text for a terminal: first the ratios, then the plain numbers.
import { type Benchmark, type Figure, isMet } from '../benchmark.ts';
import { goalText, spreadText, valueText } from './format.ts';

const HEADINGS = ['', 'result', 'quartiles', 'goal', '', ''];

function cells(figure: Figure): string[] {
  const met = isMet(figure);
  const mark = met === undefined ? '' : met ? 'ok' : 'MISSED';
  return [`  ${figure.label}`, valueText(figure), spreadText(figure), goalText(figure), mark, figure.details];
}

/** One block per benchmark, columns aligned over all of them. */
export function table(results: readonly (readonly [Pick<Benchmark, 'name' | 'title'>, readonly Figure[]])[]): string {
  const blocks = results.map(([{ name, title }, figures]) => ({
    heading: `${name}: ${title}`,
    rows: figures.map(cells),
  }));
  const rows = [HEADINGS, ...blocks.flatMap((block) => block.rows)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(HEADINGS), ...blocks.flatMap(({ heading, rows: own }) => ['', heading, ...own.map(line)])].join('\n');
}
