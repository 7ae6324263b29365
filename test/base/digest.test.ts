import { expect } from 'chai';
import { createBlindDigest, sameBytes, sha256 } from '../../server/base/digest.ts';

describe('sha256', () => {
  it('digests its parts as one text', () => {
    // The second example of FIPS 180-4.
    const expected = '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1';
    const text = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
    expect(sha256(text).toString('hex')).to.equal(expected);
    expect(sha256(text.slice(0, 9), Buffer.from(text.slice(9))).toString('hex')).to.equal(expected);
  });
});

describe('sameBytes', () => {
  const CASES: readonly (readonly [one: string, other: string, same: boolean])[] = [
    ['', '', true],
    ['secret', 'secret', true],
    ['secret', 'secreT', false],
    ['secret', 'secret ', false],
    ['secret', '', false],
  ];
  for (const [one, other, same] of CASES) {
    it(`is ${same} for "${one}" and "${other}"`, () => {
      expect(sameBytes(Buffer.from(one), Buffer.from(other))).to.equal(same);
    });
  }
});

describe('createBlindDigest', () => {
  it('gives the same digest for the same text, and one of the same length for any other', () => {
    const digest = createBlindDigest();
    expect(sameBytes(digest('secret'), digest('secret'))).to.equal(true);
    expect(sameBytes(digest('secret'), digest('secret '))).to.equal(false);
    expect(digest('')).to.have.length(digest('a longer text').length);
  });

  it('has a key of its own each time', () => {
    expect(sameBytes(createBlindDigest()('secret'), createBlindDigest()('secret'))).to.equal(false);
  });
});
