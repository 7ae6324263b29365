import { expect } from 'chai';
import { KnownStatuses } from '../../../server/backends/embedded/known-statuses.ts';

describe('KnownStatuses', () => {
  it('finds what was noted last, until it is dropped', () => {
    const known = new KnownStatuses();
    known.note(5, 1, 2);
    known.note(5, 2, 3);
    known.note(5, 1, 4);
    expect([known.find(5, 1), known.find(5, 2), known.find(6, 1), known.find(5, 3)]).to.deep.equal([
      4,
      3,
      undefined,
      undefined,
    ]);
    known.drop(5, 1);
    known.drop(6, 1);
    expect([known.find(5, 1), known.find(5, 2)]).to.deep.equal([undefined, 3]);
    known.clear();
    expect(known.find(5, 2)).to.equal(undefined);
  });

  it('has a bound', () => {
    const known = new KnownStatuses();
    for (let mid = 1; mid <= 100_000; mid += 1) known.note(mid, 1 + (mid % 3), 1);
    const mids = Array.from({ length: 100_000 }, (_, index) => index + 1);
    expect(mids.filter((mid) => known.find(mid, 1 + (mid % 3)) !== undefined).length).to.be.within(1, 8192);
    expect(known.find(100_000, 2)).to.equal(1);
  });
});
