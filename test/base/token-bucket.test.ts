import { expect } from 'chai';
import { TokenBucket } from '../../server/base/token-bucket.ts';

const SIZE = { burst: 10, perSecond: 5 };

describe('TokenBucket.tryTake', () => {
  it('gives what there is, and nothing of what there is not', () => {
    const bucket = new TokenBucket(SIZE, 0);
    expect(bucket.tryTake(0, 8)).to.equal(true);
    expect(bucket.tryTake(0, 3)).to.equal(false);
    expect(bucket.level).to.equal(2);
    expect(bucket.tryTake(0, 2)).to.equal(true);
    expect(bucket.tryTake(0)).to.equal(false);
  });

  it('fills up with time, to the brim', () => {
    const bucket = new TokenBucket(SIZE, 0);
    bucket.tryTake(0, 10);
    expect(bucket.tryTake(199)).to.equal(false);
    expect(bucket.tryTake(200)).to.equal(true);
    expect(bucket.tryTake(60_000, 10)).to.equal(true);
    expect(bucket.tryTake(60_000)).to.equal(false);
  });

  it('lends a full bucket to whoever asks for more than it holds', () => {
    const bucket = new TokenBucket(SIZE, 0);
    expect(bucket.tryTake(0, 20)).to.equal(true);
    expect(bucket.level).to.equal(-10);
    expect(bucket.wait(1)).to.equal(2.2);
    expect(bucket.wait(20)).to.equal(4);
    expect(bucket.tryTake(2_199)).to.equal(false);
    expect(bucket.tryTake(2_200)).to.equal(true);
  });
});
