import { expect } from 'chai';
import { createTokenCheck } from '../../server/access/token.ts';

describe('createTokenCheck', () => {
  const { matches } = createTokenCheck('sécret token');

  it('accepts the token alone', () => {
    expect(matches('sécret token')).to.equal(true);
  });

  it('accepts its UTF-8 as a header shows it', () => {
    expect(matches('sÃ©cret token')).to.equal(true);
  });

  const wrong = [
    's\u00e9cret tokenÂ',
    undefined,
    '',
    'sécret',
    'sécret token ',
    ' sécret token',
    'SÉCRET TOKEN',
    'Bearer sécret token',
    'secret token',
    'sécret token\0',
    '__proto__',
    'x'.repeat(1 << 20),
  ];
  for (const given of wrong) {
    it(`refuses ${given === undefined ? given : JSON.stringify(given.slice(0, 20))}`, () => {
      expect(matches(given)).to.equal(false);
    });
  }

  it('throws for an empty token, which would let everybody in', () => {
    expect(() => createTokenCheck('')).to.throw('empty');
  });
});
