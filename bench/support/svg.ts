// Draws the results for the README: one bar per goal, readable on light and on dark pages.
import { type Benchmark, type Figure, isMet } from '../benchmark.ts';
import { goalText, valueText } from './format.ts';

const WIDTH = 900;
const BAR_LEFT = 400;
/** Length of a bar that exactly meets its goal. All goals are at the same place, so that one line marks them. */
const GOAL_AT = 250;
/** Bars are cut at this share of the goal, so that the other bars stay readable next to a very long one. */
const LONGEST = 1.4;
const ROW = 24;
const HEADING = 34;
const TOP = 20;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .dim { fill: #59636e } .end { text-anchor: end }
  .met { fill: #2a7a56 } .missed { fill: #b4611a } .goal { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .dim { fill: #9198a1 }
    .met { fill: #3fa775 } .missed { fill: #d9853b } .goal { stroke: #e6edf3 }
  }`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

function text(x: number, y: number, content: string, classes = ''): string {
  const named = classes === '' ? '' : ` class="${classes}"`;
  return `<text x="${x}" y="${y}"${named}>${escapeXml(content)}</text>`;
}

function row(figure: Figure, y: number): string[] {
  const { goal, value } = figure;
  if (goal === undefined) return [];
  const share = value.median / ('atLeast' in goal ? goal.atLeast : goal.atMost);
  const length = Math.round(GOAL_AT * Math.min(share, LONGEST));
  const goalX = BAR_LEFT + GOAL_AT;
  return [
    text(BAR_LEFT - 12, y + 16, figure.label, 'end'),
    `<rect class="${isMet(figure) ? 'met' : 'missed'}" x="${BAR_LEFT}" y="${y + 4}" width="${length}" height="16" rx="2"/>`,
    `<line class="goal" x1="${goalX}" y1="${y + 1}" x2="${goalX}" y2="${y + 23}"/>`,
    text(BAR_LEFT + Math.max(length, GOAL_AT) + 10, y + 16, `${valueText(figure)} (${goalText(figure)})`, 'dim'),
  ];
}

/**
 * Draws the figures that have goals. A bar is as long as its figure's share of the goal, which the line marks.
 * @param caption what it was measured on
 */
export function svg(
  results: readonly (readonly [Pick<Benchmark, 'name' | 'title'>, readonly Figure[]])[],
  caption: string,
): string {
  const parts: string[] = [];
  let y = TOP;
  for (const [{ title }, figures] of results) {
    const shown = figures.filter(({ goal }) => goal !== undefined);
    if (shown.length === 0) continue;
    parts.push(text(16, y + 18, title, 'title'));
    y += HEADING;
    for (const figure of shown) {
      parts.push(...row(figure, y));
      y += ROW;
    }
  }
  parts.push(text(16, y + 30, caption, 'dim'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 44}" role="img" aria-label="Benchmark results">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}
