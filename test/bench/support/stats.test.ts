import { expect } from 'chai';
import { mean, median, quantile, ratio, slope, spread, typical } from '../../../bench/support/stats.ts';

describe('quantile', () => {
  it('interpolates between neighbours, whatever the order of the values', () => {
    expect(quantile([40, 10, 30, 20], 0)).to.equal(10);
    expect(quantile([40, 10, 30, 20], 0.25)).to.equal(17.5);
    expect(quantile([40, 10, 30, 20], 1)).to.equal(40);
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it('sorts by size and not by spelling', () => {
    expect(quantile([10, 9, 100], 0)).to.equal(9);
  });

  it('is NaN for no values', () => {
    expect(quantile([], 0.5)).to.be.NaN;
  });
});

describe('median, mean and spread', () => {
  it('agree on one value', () => {
    expect([median([7]), mean([7])]).to.deep.equal([7, 7]);
    expect(spread([7])).to.deep.equal({ median: 7, low: 7, high: 7 });
  });

  it('differ where one value is far out', () => {
    expect(median([1, 2, 900])).to.equal(2);
    expect(mean([1, 2, 900])).to.equal(301);
    expect(spread([1, 2, 3, 4, 500])).to.deep.equal({ median: 3, low: 2, high: 4 });
  });
});

describe('slope', () => {
  it('is that of the line which the points lie on', () => {
    expect(
      slope([
        [1, 5],
        [2, 7],
        [4, 11],
      ]),
    ).to.equal(2);
  });

  it('is flat where the points only swing', () => {
    expect(
      slope([
        [0, 10],
        [1, 12],
        [2, 12],
        [3, 10],
      ]),
    ).to.equal(0);
  });

  it('is NaN for a single point', () => {
    expect(slope([[1, 5]])).to.be.NaN;
  });
});

describe('ratio', () => {
  const rounds = [
    new Map([
      ['relay', [{ rate: 50 }, { rate: 70 }]],
      ['floor', [{ rate: 100 }, { rate: 140 }]],
    ]),
    // The whole machine is three times as slow, which changes no ratio.
    new Map([
      ['relay', [{ rate: 20 }, { rate: 20 }]],
      ['floor', [{ rate: 40 }, { rate: 40 }]],
    ]),
  ];

  it('is formed inside each round', () => {
    expect(ratio(rounds, 'relay', 'floor', ({ rate }) => rate)).to.deep.equal({ median: 0.5, low: 0.5, high: 0.5 });
  });

  it('stands beside the plain numbers of one system', () => {
    expect(typical(rounds, 'relay', ({ rate }) => rate)).to.equal(35);
  });
});
