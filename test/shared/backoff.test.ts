import { expect } from 'chai';
import { backoffDelay, reconnectDelay } from '../../shared/backoff.ts';

const MIDDLE = 0.5;

describe('backoffDelay', () => {
  const policy = { base: 3000, cap: 60_000 };

  const TABLE: readonly (readonly [attempts: number, delay: number])[] = [
    [1, 3000],
    [2, 3000],
    [3, 3000],
    [4, 6000],
    [5, 12_000],
    [6, 24_000],
    [7, 48_000],
    [8, 60_000],
    [9, 60_000],
    [1000, 60_000],
    [Number.MAX_SAFE_INTEGER, 60_000],
  ];
  for (const [attempts, delay] of TABLE) {
    it(`rests ${delay} ms after attempt ${attempts}`, () => {
      expect(backoffDelay(attempts, policy, MIDDLE)).to.equal(delay);
    });
  }

  it('doubles at once, and spreads every wait, where no attempt is steady', () => {
    const eager = { base: 1000, cap: 60_000, steady: 0 };
    expect([1, 2, 3, 7].map((attempts) => backoffDelay(attempts, eager, MIDDLE))).to.deep.equal([
      1000, 2000, 4000, 60_000,
    ]);
    expect([1, 2].map((attempts) => backoffDelay(attempts, eager, 0))).to.deep.equal([750, 1500]);
    expect([1, 2].map((attempts) => backoffDelay(attempts, { ...eager, steady: 1 }, 0))).to.deep.equal([1000, 1500]);
  });

  it('does not spread the first three', () => {
    for (const random of [0, 0.999]) expect(backoffDelay(3, policy, random)).to.equal(3000);
  });

  it('spreads the later ones by a quarter either way', () => {
    expect(backoffDelay(4, policy, 0)).to.equal(4500);
    expect(backoffDelay(4, policy, 0.999999)).to.equal(7500);
  });

  it('never rests longer than the cap', () => {
    for (let attempts = 1; attempts < 100; attempts += 1) {
      expect(backoffDelay(attempts, policy, 0.999999)).to.be.at.most(60_000);
    }
    expect(backoffDelay(1, { base: 5000, cap: 2000 }, MIDDLE)).to.equal(2000);
  });

  it('rests no time at a base of zero, however many attempts there were', () => {
    expect(backoffDelay(5000, { base: 0, cap: 1000 }, MIDDLE)).to.equal(0);
  });
});

describe('reconnectDelay', () => {
  it('doubles to a minute, over its upper half', () => {
    expect([0, 1, 2, 5, 6, 1e9].map((failures) => reconnectDelay(failures, 1))).to.deep.equal([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
    expect(reconnectDelay(0, 0)).to.equal(500);
    expect(reconnectDelay(100, 0)).to.equal(30_000);
  });
});
