import { expect } from 'chai';
import { type Row, rowsOf } from '../../../../pwa/src/views/inbox/rows.ts';
import { workOf } from '../../../support/work.ts';
import { message } from '../samples.ts';

const HEIGHTS = { heading: 1, message: [2, 4, 6], run: 3 } as const;
const NOON = new Date(2026, 2, 29, 12).getTime();
const HOUR = 3_600_000;

const say = (row: Row): string => {
  if (row.kind === 'message') return `${row.folded ? '>' : ''}${row.message.title || row.message.mid}`;
  return row.kind === 'run' ? `+${row.hidden.length}` : row.kind;
};
const shown = (titles: readonly string[], options: Partial<Parameters<typeof rowsOf>[1]> = {}, step = 1000) =>
  rowsOf(
    titles.map((title, index) =>
      message({ time: NOON - index * step, title: title.replace('*', ''), pinned: title.includes('*') }),
    ),
    { heights: HEIGHTS, opened: new Set(), searching: false, named: false, ...options },
  );

describe('rowsOf', () => {
  it('folds three neighbours, but not two', () => {
    expect(shown(['a', 'a', 'b', 'b', 'b', 'a']).map(say)).to.deep.equal(['day', 'a', 'a', 'b', '+2', 'a']);
  });

  it('does not fold messages without a title', () => {
    expect(shown(['', '', '']).filter((row) => row.kind === 'message')).to.have.length(3);
  });

  it('keeps a run open when a newer message joins it', () => {
    const run = shown(['b', 'b', 'b']).find((row) => row.kind === 'run');
    if (run?.kind !== 'run') throw new Error('no run');
    expect(shown(['b', 'b', 'b'], { opened: new Set([run.run]) }).map(say)).to.deep.equal([
      'day',
      'b',
      '>b',
      '>b',
      '+2',
    ]);
    const newer = [
      message({ time: NOON + 1, title: 'b' }),
      ...[0, 1, 2].map((n) => message({ time: NOON - n * 1000, title: 'b' })),
    ];
    expect(
      rowsOf(newer, { heights: HEIGHTS, opened: new Set([run.run]), searching: false, named: false }).map(say),
    ).to.include('>b');
  });

  describe('the height of a message', () => {
    const cases: [string, Parameters<typeof message>[0], number][] = [
      ['a title alone', { time: NOON, title: 'a' }, 2],
      ['one line of body alone', { time: NOON, body: 'a\n' }, 2],
      ['a title and an emoji', { time: NOON, title: 'a', tags: ['🎉', '🇩🇪'] }, 2],
      ['a body below the title', { time: NOON, title: 'a', body: 'b' }, 4],
      ['two lines of body', { time: NOON, body: 'a\nb' }, 4],
      ['a sender', { time: NOON, title: 'a', sender: 'ci' }, 4],
      ['a body and a tag', { time: NOON, title: 'a', body: 'b', tags: ['backup'] }, 6],
    ];
    for (const [what, given, height] of cases) {
      it(`is that of its lines: ${what}`, () => {
        const [, row] = rowsOf([message(given)], {
          heights: HEIGHTS,
          opened: new Set(),
          searching: false,
          named: false,
        });
        expect(row?.height).to.equal(height);
      });
    }

    it('has one more line if it names the relay', () => {
      const [, row] = shown(['a'], { named: true });
      expect(row?.height).to.equal(4);
    });
  });

  it('shows pinned messages first, and only once', () => {
    expect(shown(['a', 'b*', 'c']).map(say)).to.deep.equal(['pinned', 'b', 'day', 'a', 'c']);
  });

  it('does not fold or move search results', () => {
    expect(shown(['a', 'a', 'a*', 'a'], { searching: true }).map(say)).to.deep.equal(['day', 'a', 'a', 'a', 'a']);
  });

  it('never folds across midnight, even on the day the clock changes', () => {
    const titles = Array.from({ length: 40 }, () => 'a');
    const days = shown(titles, {}, HOUR).filter((row) => row.kind === 'day');
    expect(days).to.have.length(3);
  });

  it('gives every row a unique key', () => {
    const rows = shown(['a', 'a', 'a', 'b*', 'b', 'b', 'b', 'a']);
    expect(new Set(rows.map((row) => row.key)).size).to.equal(rows.length);
  });

  it('handles 10,000 messages quickly', () => {
    const titles = Array.from({ length: 10_000 }, (_, index) => `t${index % 7}`);
    const works = Array.from({ length: 3 }, () => workOf(() => shown(titles, {}, 60_000)));
    expect(Math.min(...works)).to.be.below(300);
  });
});
