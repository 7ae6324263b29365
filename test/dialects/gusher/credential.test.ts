import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import type { Limiter } from '../../../server/base/limiter.ts';
import { createPasswordLimiter, hashedCredential, hashPassword } from '../../../server/dialects/gusher/credential.ts';

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

  it('takes a place for each guess, and none for what is known', async () => {
    const { matches } = hashedCredential('a', stored, few(3));
    expect([await matches('a', 'guess'), await matches('a', 'guess'), await matches('a', 'right')]).to.deep.equal([
      false,
      false,
      true,
    ]);
    expect([await matches('a', 'right'), await matches('a', 'guess'), await matches('b', 'right')]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('refuses when no place is free', async () => {
    const { matches } = hashedCredential('a', stored, few(0));
    expect(await matches('a', 'right').catch(codeOf)).to.deep.equal(['unavailable', 1]);
    expect(await matches('b', 'right')).to.equal(false);
  });

  it('gives its place back', async () => {
    const limiter = createPasswordLimiter();
    const { matches } = hashedCredential('a', stored, limiter);
    for (let i = 0; i < 3; i += 1) expect(await matches('a', 'guess')).to.equal(false);
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
