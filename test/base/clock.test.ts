import { expect } from 'chai';
import { systemClock } from '../../server/base/clock.ts';
import { fakeClock } from '../support/clock.ts';

describe('systemClock', () => {
  it('reads both clocks in whole milliseconds', () => {
    expect(Number.isInteger(systemClock.now())).to.equal(true);
    expect(Number.isInteger(systemClock.monotonic())).to.equal(true);
  });

  it('has a monotonic time that is no date', () => {
    expect(systemClock.monotonic()).to.be.below(systemClock.now());
  });

  it('clears what was never armed', () => {
    expect(() => systemClock.clearTimeout(undefined)).not.to.throw();
  });
});

describe('fakeClock', () => {
  it('steps the wall clock without moving timers or monotonic time', async () => {
    const clock = fakeClock(1_000_000_000_000);
    const before = clock.monotonic();
    let rang = false;
    clock.setTimeout(() => {
      rang = true;
    }, 1000);
    clock.step(-3_600_000);
    expect(clock.now()).to.equal(1_000_000_000_000 - 3_600_000);
    expect(clock.monotonic()).to.equal(before);
    await clock.tick(1000);
    expect(rang).to.equal(true);
    expect(clock.now()).to.equal(1_000_000_000_000 - 3_599_000);
    expect(clock.monotonic()).to.equal(before + 1000);
  });
});
