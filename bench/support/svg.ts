// Draws the results for the README: one bar per goal, and bars of other systems below it. Readable on light and dark pages.
import { type Benchmark, type Figure, isMet } from '../benchmark.ts';
import { goalText, valueText } from './format.ts';

const WIDTH = 900;
const BAR_LEFT = 400;
/** Length of a bar that exactly meets its goal. All goals are at the same place, so that one line marks them. */
const GOAL_AT = 250;
/** Bars are cut at this share of the goal, and end in a tip, so that others stay readable next to a very long one. */
const LONGEST = 1.4;
/** Length of the tip of a bar that is cut. */
const TIP = 7;
const ROW = 24;
/** Height of the row of another system. */
const OTHER_ROW = 17;
const HEADING = 34;
const TOP = 20;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .dim { fill: #59636e } .end { text-anchor: end } .small { font-size: 11px }
  .met { fill: #2a7a56 } .missed { fill: #b4611a } .plain { fill: #3b6fb0 } .other { fill: #b3bac2 }
  .goal { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .dim { fill: #9198a1 }
    .met { fill: #3fa775 } .missed { fill: #d9853b } .plain { fill: #6a9fd8 } .other { fill: #57606a }
    .goal { stroke: #e6edf3 }
  }`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

function text(x: number, y: number, content: string, classes = ''): string {
  const named = classes === '' ? '' : ` class="${classes}"`;
  return `<text x="${x}" y="${y}"${named}>${escapeXml(content)}</text>`;
}

/** A figure of the relay, and those of other systems that were measured with it. */
interface Group {
  readonly figure: Figure;
  readonly others: Figure[];
}

function groups(figures: readonly Figure[]): Group[] {
  const found: Group[] = [];
  for (const figure of figures) {
    if (figure.of === undefined) found.push({ figure, others: [] });
    else found.at(-1)?.others.push(figure);
  }
  return found.filter(({ figure, others }) => figure.goal !== undefined || others.length > 0);
}

/** The value whose bar is as long as one that exactly meets its goal. */
function scale({ figure, others }: Group): number {
  const { goal } = figure;
  if (goal !== undefined) return 'atLeast' in goal ? goal.atLeast : goal.atMost;
  return Math.max(...[figure, ...others].map(({ value }) => value.median));
}

const lengthOf = ({ value }: Figure, full: number) => Math.round(GOAL_AT * Math.min(value.median / full, LONGEST));

function bar(kind: string, length: number, y: number, height: number): string {
  const right = BAR_LEFT + length;
  const tip = `<path class="${kind}" d="M${right} ${y}l${TIP} ${height / 2}l-${TIP} ${height / 2}z"/>`;
  const isCut = length === GOAL_AT * LONGEST;
  return `<rect class="${kind}" x="${BAR_LEFT}" y="${y}" width="${length}" height="${height}" rx="2"/>${isCut ? tip : ''}`;
}

function ownRow(group: Group, y: number): string[] {
  const { figure } = group;
  const met = isMet(figure);
  const length = lengthOf(figure, scale(group));
  const goalX = BAR_LEFT + GOAL_AT;
  const goal = figure.goal === undefined ? '' : ` (${goalText(figure)})`;
  return [
    text(BAR_LEFT - 12, y + 16, figure.label, 'end'),
    bar(met === undefined ? 'plain' : met ? 'met' : 'missed', length, y + 4, 16),
    ...(met === undefined ? [] : [`<line class="goal" x1="${goalX}" y1="${y + 1}" x2="${goalX}" y2="${y + 23}"/>`]),
    text(BAR_LEFT + Math.max(length, GOAL_AT) + 10, y + 16, `${valueText(figure)}${goal}`, 'dim'),
  ];
}

function otherRow(figure: Figure, full: number, y: number): string[] {
  const length = lengthOf(figure, full);
  return [
    text(BAR_LEFT - 12, y + 11, figure.of ?? '', 'end dim small'),
    bar('other', length, y + 3, 9),
    text(BAR_LEFT + Math.max(length, GOAL_AT) + 10, y + 11, valueText(figure), 'dim small'),
  ];
}

/**
 * Draws the figures that have goals or that other systems have too. A bar is as long as its figure's share of the goal,
 * which the line marks, or of the largest of its group.
 * @param caption what it was measured on
 */
export function svg(
  results: readonly (readonly [Pick<Benchmark, 'name' | 'title'>, readonly Figure[]])[],
  caption: string,
): string {
  const parts: string[] = [];
  let y = TOP;
  for (const [{ title }, figures] of results) {
    const shown = groups(figures);
    if (shown.length === 0) continue;
    parts.push(text(16, y + 18, title, 'title'));
    y += HEADING;
    for (const group of shown) {
      parts.push(...ownRow(group, y));
      y += ROW;
      for (const other of group.others) {
        parts.push(...otherRow(other, scale(group), y));
        y += OTHER_ROW;
      }
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
