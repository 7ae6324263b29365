import { expect } from 'chai';
import { createBodyBudget } from '../../server/access/body-budget.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';

const KIB = 1024;
const LIMIT = 1024 * KIB;
const ADDRESS = '203.0.113.7';

function setUp(bytes = 100 * KIB) {
  const clock = fakeClock();
  const budget = createBodyBudget({ bytes, windowMs: 60_000, clock });
  /** The limit of the lease, or why there is none. */
  const take = (declared?: number, address = ADDRESS): number | string => {
    try {
      return budget.take(address, declared === undefined ? undefined : String(declared), LIMIT).limit;
    } catch (error) {
      return error instanceof RelayError ? `${error.code} ${error.retryAfter ?? ''}`.trim() : String(error);
    }
  };
  return { clock, budget, take };
}

describe('BodyBudget.take', () => {
  it('lets an address send so many bytes a minute', async () => {
    const { clock, take } = setUp();
    expect([take(60 * KIB), take(40 * KIB), take(10 * KIB)]).to.deep.equal([LIMIT, LIMIT, 'too_many 60']);
    expect(take(10 * KIB, '203.0.113.8'), 'another address').to.equal(LIMIT);
    clock.step(-3_600_000);
    await clock.tick(30_000);
    expect(take(10 * KIB)).to.equal('too_many 30');
    await clock.tick(30_000);
    expect(take(10 * KIB)).to.equal(LIMIT);
  });

  it('never refuses a short body, which may be no longer than it says', () => {
    const { take } = setUp();
    take(100 * KIB);
    for (let n = 0; n < 1000; n += 1) expect(take(8 * KIB)).to.equal(8 * KIB);
    expect(take(0)).to.equal(8 * KIB);
  });

  it('gives a body in chunks what is left', () => {
    const { take } = setUp();
    expect([take(60 * KIB), take(), take()]).to.deep.equal([LIMIT, 40 * KIB, 'too_many 60']);
  });

  it('refuses a body that no window could hold, with what helps', () => {
    const { budget, take } = setUp();
    expect(take(101 * KIB)).to.equal('too_large');
    expect(() => budget.take(ADDRESS, String(101 * KIB), LIMIT)).to.throw('send the token in the authorization header');
    expect(take(100 * KIB), 'it did not count').to.equal(LIMIT);
  });

  it('leaves a body above the limit of all bodies to the reader, which refuses it unread', () => {
    const { take } = setUp(2 * LIMIT);
    expect(take(10 * LIMIT)).to.equal(LIMIT);
  });

  it('does not count what is refunded, once', () => {
    const { budget, take } = setUp();
    for (let n = 0; n < 10; n += 1) {
      const { refund } = budget.take(ADDRESS, String(100 * KIB), LIMIT);
      refund();
      refund();
    }
    expect([take(100 * KIB), take(10 * KIB)]).to.deep.equal([LIMIT, 'too_many 60']);
  });

  it('counts an IPv6 /64 as one, and refuses what is no length', () => {
    const { take } = setUp();
    expect([take(100 * KIB, '2001:db8::1'), take(10 * KIB, '2001:db8::2')]).to.deep.equal([LIMIT, 'too_many 60']);
    expect(take(Number.NaN)).to.equal('too_many 60');
  });
});
