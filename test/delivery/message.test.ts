import { expect } from 'chai';
import { createMessage, createMids, midAt } from '../../server/delivery/message.ts';
import { draft } from './fixtures.ts';

const NOW = 1_795_298_858_174;

/** A clock that shows what it is told. */
function shownTime(now: number) {
  return {
    now,
    clock: { now: () => time.now, monotonic: () => 0, setTimeout: () => undefined, clearTimeout: () => {} },
  };
}
let time: { now: number };

function mids(now: number, last = '0'): () => string {
  const shown = shownTime(now);
  time = shown;
  return createMids(shown.clock, last);
}

describe('createMids', () => {
  it('gives the time in ms as decimal digits', () => {
    expect(mids(NOW)()).to.equal('1795298858174');
  });

  it('counts on within one millisecond and returns to the time when that has passed it', () => {
    const next = mids(NOW);
    expect([next(), next(), next()]).to.deep.equal([String(NOW), String(NOW + 1), String(NOW + 2)]);
    time.now = NOW + 10;
    expect(next()).to.equal(String(NOW + 10));
  });

  it('gives 100,000 different mids within one millisecond, each above the one before', () => {
    const next = mids(NOW);
    let last = 0;
    for (let count = 0; count < 100_000; count += 1) {
      const mid = Number(next());
      if (mid <= last) expect.fail(`${mid} after ${last}`);
      last = mid;
    }
    expect(last).to.equal(NOW + 99_999);
  });

  it('keeps rising when the clock is set back', () => {
    const next = mids(NOW);
    next();
    time.now = NOW - 3_600_000;
    expect([next(), next()]).to.deep.equal([String(NOW + 1), String(NOW + 2)]);
  });

  it('goes on above the greatest mid of the last run, even one ahead of the clock', () => {
    expect(mids(NOW, String(NOW + 5000))()).to.equal(String(NOW + 5001));
    expect(mids(NOW, String(NOW - 5000))()).to.equal(String(NOW));
  });
});

describe('createMessage', () => {
  it('has its keys in the order in which mpush sends them', () => {
    expect(JSON.stringify(createMessage(draft('a'), '7'))).to.equal(
      '{"sendType":"personal","target":"a","from":{"method":"http","name":""},"message":{"text":"hi","desp":"","extra":{}},"mid":"7"}',
    );
  });
});

describe('midAt', () => {
  it('is the smallest mid of that millisecond, and never below zero', () => {
    expect([midAt(NOW), midAt(1.9), midAt(-5)]).to.deep.equal([String(NOW), '1', '0']);
  });
});
