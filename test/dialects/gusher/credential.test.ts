import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import type { Limiter } from '../../../server/base/limiter.ts';
import {
  createPasswordLimiter,
  decoyCredential,
  hashedCredential,
  hashPassword,
} from '../../../server/dialects/gusher/credential.ts';

/** Gives so many places, and then none. */
function few(count: number): Limiter {
  let left = count;
  return {
    async acquire() {
      left -= 1;
      return left < 0 ? undefined : () => {};
    },
  };
}

const codeOf = (error: unknown) => (error instanceof RelayError ? [error.code, error.retryAfter] : error);

describe('hashedCredential', () => {
  let stored: string;
  before(async () => {
    stored = await hashPassword('right', few(1));
  });

  it('hashes each guess, whatever its account, but not a pair that is known to be right', async () => {
    const { matches, remembers } = hashedCredential('a', stored, few(5));
    expect(remembers('a', 'right')).to.equal(false);
    // Each takes one of five places: an account that does not exist costs as much as a wrong password.
    const guesses = [await matches('a', 'guess'), await matches('b', 'right'), await matches('', '')];
    expect(guesses).to.deep.equal([false, false, false]);
    expect([await matches('a', 'right'), await matches('a', 'right')]).to.deep.equal([true, true]);
    expect([remembers('a', 'right'), remembers('b', 'right'), remembers('a', 'guess')]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect(await matches('a', 'guess')).to.equal(false);
    expect(await matches('b', 'guess').catch(codeOf), 'the sixth').to.deep.equal(['unavailable', 1]);
  });

  it('refuses when no place is free', async () => {
    const { matches } = hashedCredential('a', stored, few(0));
    for (const account of ['a', 'b']) {
      expect(await matches(account, 'right').catch(codeOf)).to.deep.equal(['unavailable', 1]);
    }
  });

  it('gives its place back', async () => {
    const limiter = createPasswordLimiter();
    const { matches } = hashedCredential('a', stored, limiter);
    for (let i = 0; i < 3; i += 1) expect(await matches('a', 'guess')).to.equal(false);
  });
});

describe('decoyCredential', () => {
  it('matches nothing, and hashes as a real one does', async () => {
    const { matches } = decoyCredential(few(2));
    expect([await matches('', ''), await matches('a', 'x')]).to.deep.equal([false, false]);
    expect(await matches('a', 'x').catch(codeOf)).to.deep.equal(['unavailable', 1]);
  });
});

describe('hashPassword', () => {
  it('makes another hash each time', async () => {
    const [one, two] = [await hashPassword('x', few(1)), await hashPassword('x', few(1))];
    expect(one).to.match(/^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/);
    expect(two).not.to.equal(one);
  });
});

describe('createPasswordLimiter', () => {
  it('lets two be checked at once and 32 wait', async () => {
    const limiter = createPasswordLimiter();
    const [first] = [await limiter.acquire(), await limiter.acquire()];
    const line = Array.from({ length: 32 }, () => limiter.acquire());
    expect(await limiter.acquire()).to.equal(undefined);
    first?.();
    for (const next of line) (await next)?.();
  });
});
