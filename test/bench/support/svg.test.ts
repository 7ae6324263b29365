import { expect } from 'chai';
import { svg } from '../../../bench/support/svg.ts';
import { cpu, idle, memory, send, share } from './figures.ts';

/** Widths of the bars in the order in which they are drawn. */
function bars(drawing: string): { kind: string; width: number }[] {
  return [...drawing.matchAll(/<rect class="(\w+)" [^>]*width="(\d+)"/g)].map(([, kind = '', width]) => ({
    kind,
    width: Number(width),
  }));
}

describe('svg', () => {
  const drawing = svg(
    [
      [send, [share, cpu]],
      [idle, [memory]],
    ],
    'Node <v20>, "fast"',
  );

  it('draws what has a goal, and leaves out benchmarks that have none', () => {
    expect(bars(drawing)).to.have.length(2);
    expect(drawing).to.include('52 % (≥ 50 %)').and.not.include('memory').and.not.include('at rest');
  });

  it('makes a bar as long as its share of the goal, which lies in one line for all', () => {
    const [first, second] = bars(drawing);
    expect(first).to.deep.equal({ kind: 'met', width: 262 });
    expect(second).to.deep.equal({ kind: 'missed', width: 260 });
    expect(new Set([...drawing.matchAll(/class="goal" x1="(\d+)"/g)].map(([, x]) => x)).size).to.equal(1);
  });

  it('cuts a bar that would leave the picture', () => {
    const far = svg([[send, [{ ...share, value: { median: 50, low: 50, high: 50 } }]]], '');
    expect(bars(far)).to.deep.equal([{ kind: 'met', width: 350 }]);
    expect(far).to.include('5000 % (≥ 50 %)').and.include('<path class="met"');
    expect(drawing).to.not.include('<path');
  });

  it('draws what other systems have below the figure of the relay, on its scale', () => {
    const other = { ...memory, label: 'floor', of: 'floor', value: { median: 40, low: 40, high: 40 } };
    const goal = { ...memory, goal: { atMost: 100 } };
    expect(bars(svg([[idle, [goal, other]]], ''))).to.deep.equal([
      { kind: 'met', width: 203 },
      { kind: 'other', width: 100 },
    ]);
    const widest = [
      { kind: 'plain', width: 250 },
      { kind: 'other', width: 123 },
    ];
    expect(bars(svg([[idle, [memory, other]]], ''))).to.deep.equal(widest);
  });

  it('escapes text', () => {
    expect(drawing).to.include('send &amp; reply').and.include('Node &lt;v20&gt;, &quot;fast&quot;');
  });

  it('has colours for light and dark pages and keeps text as text', () => {
    expect(drawing)
      .to.include('prefers-color-scheme: dark')
      .and.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(drawing.match(/<text /g)).to.have.length(6);
  });
});
