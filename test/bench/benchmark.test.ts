import { expect } from 'chai';
import { isMet } from '../../bench/benchmark.ts';
import { cpu, memory, share } from './support/figures.ts';

describe('isMet', () => {
  it('compares the median with the goal, in the goal’s direction', () => {
    expect(isMet(share)).to.equal(true);
    expect(isMet({ ...share, value: { median: 0.499, low: 0, high: 1 } })).to.equal(false);
    expect(isMet(cpu)).to.equal(false);
    expect(isMet({ ...cpu, value: { median: 1.2, low: 0, high: 9 } })).to.equal(true);
    expect(isMet(memory)).to.equal(undefined);
  });
});
