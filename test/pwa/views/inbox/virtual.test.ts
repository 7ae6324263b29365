import { expect } from 'chai';
import { offsetsOf, rowAt, shiftOf, visibleRange } from '../../../../pwa/src/views/inbox/virtual.ts';

const rows = (...heights: number[]) => heights.map((height, index) => ({ key: `${index}`, height }));
const named = (...keys: string[]) => keys.map((key) => ({ key, height: 10 }));

describe('rowAt', () => {
  const offsets = offsetsOf(rows(10, 20, 30));
  for (const [y, row] of [
    [-5, 0],
    [0, 0],
    [9, 0],
    [10, 1],
    [29, 1],
    [30, 2],
    [59, 2],
    [60, 2],
    [9999, 2],
  ] as const) {
    it(`finds row ${row} at ${y}`, () => expect(rowAt(offsets, y)).to.equal(row));
  }
  it('returns 0 for an empty list', () => expect(rowAt(offsetsOf([]), 5)).to.equal(0));
});

describe('visibleRange', () => {
  it('covers the visible rows and a margin, and no more', () => {
    const offsets = offsetsOf(rows(...Array.from({ length: 10_000 }, () => 10)));
    expect(visibleRange(offsets, 5000, 100, 0)).to.deep.equal([500, 511]);
    expect(visibleRange(offsets, 5000, 100, 20)).to.deep.equal([498, 513]);
    expect(visibleRange(offsets, 0, 100, 20)).to.deep.equal([0, 13]);
    expect(visibleRange(offsets, 99_990, 100, 0)).to.deep.equal([9999, 10_000]);
  });

  it('is empty for an empty list', () => expect(visibleRange(offsetsOf([]), 0, 100, 100)).to.deep.equal([0, 0]));
});

describe('shiftOf', () => {
  it('returns the height of new rows above', () => {
    expect(shiftOf(named('a', 'b', 'c'), named('x', 'y', 'a', 'b', 'c'), 12)).to.equal(20);
  });

  it('returns 0 at the top, where new messages appear', () => {
    expect(shiftOf(named('a', 'b'), named('x', 'a', 'b'), 0)).to.equal(0);
  });

  it('returns 0 for new rows below', () => {
    expect(shiftOf(named('a', 'b'), named('a', 'b', 'c'), 12)).to.equal(0);
  });

  it('follows the next row when the first visible one is gone', () => {
    expect(shiftOf(named('a', 'b', 'c', 'd'), named('a', 'c', 'd'), 15)).to.equal(-10);
  });

  it('returns 0 when no row is left', () => {
    expect(shiftOf(named('a', 'b'), named('x'), 15)).to.equal(0);
  });
});
