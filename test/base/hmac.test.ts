import { expect } from 'chai';
import { hmacHex, hmacLetters, sameDigest } from '../../server/base/hmac.ts';

describe('hmacHex', () => {
  it('is the HMAC-SHA256 of text and bytes alike', () => {
    // RFC 4231, test case 2.
    const digest = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(hmacHex('Jefe', 'what do ya want for nothing?')).to.equal(digest);
    expect(hmacHex('Jefe', Buffer.from('what do ya want for nothing?'))).to.equal(digest);
  });
});

describe('sameDigest', () => {
  const own = hmacHex('secret', 'text');

  it('is true for the same digest only', () => {
    expect(sameDigest(own, own)).to.equal(true);
    expect(sameDigest(own, hmacHex('other', 'text'))).to.equal(false);
  });

  for (const [what, shown] of [
    ['nothing', ''],
    ['a shorter one', own.slice(1)],
    ['a longer one', `${own}0`],
    ['upper case', own.toUpperCase()],
    ['wide characters', 'é'.repeat(64)],
    ['a line break at the end', `${own.slice(0, 63)}\n`],
  ]) {
    it(`is false for ${what}`, () => expect(sameDigest(own, shown ?? '')).to.equal(false));
  }
});

describe('hmacLetters', () => {
  it('are letters and digits, the same for the same secret and text alone', () => {
    const made = hmacLetters('secret', 'text', 80);
    expect(made).to.match(/^[0-9A-Za-z]{80}$/);
    expect(hmacLetters('secret', 'text', 22)).to.equal(made.slice(0, 22));
    for (const other of [hmacLetters('other', 'text', 80), hmacLetters('secret', 'text ', 80)]) {
      expect(other.slice(0, 22)).not.to.equal(made.slice(0, 22));
    }
  });
});
