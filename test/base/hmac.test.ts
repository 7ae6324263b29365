import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { hmacHex, sameDigest } from '../../server/base/hmac.ts';

describe('hmacHex', () => {
  it('is the HMAC-SHA256 of text and bytes alike', () => {
    // RFC 4231, test case 2.
    const digest = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    expect(hmacHex('Jefe', 'what do ya want for nothing?')).to.equal(digest);
    expect(hmacHex('Jefe', Buffer.from('what do ya want for nothing?'))).to.equal(digest);
  });
});

describe('hmacHex against node:crypto', () => {
  const SECRETS = [
    '',
    'k',
    'é',
    '键'.repeat(7),
    'k'.repeat(21),
    'k'.repeat(22),
    'k'.repeat(64),
    'k'.repeat(65),
    '\ud800',
  ];
  const TEXTS = [
    '',
    'a',
    'é',
    '\udfff',
    'a'.repeat(55),
    '键'.repeat(1365),
    'a'.repeat(1365),
    'a'.repeat(1366),
    'a'.repeat(10_000),
  ];
  for (const secret of SECRETS) {
    it(`is the same for a secret of ${secret.length} characters and texts of every length`, () => {
      for (const text of [...TEXTS, ...TEXTS.toReversed()]) {
        const expected = createHmac('sha256', secret).update(text).digest('hex');
        expect(hmacHex(secret, text), text.slice(0, 9)).to.equal(expected);
      }
    });
  }
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
