import { expect } from 'chai';
import type { Closing } from '../../../../server/dialects/pusher/refusals.ts';
import { FrameBound } from '../../../../server/dialects/pusher/session/frame-bound.ts';

function setUp() {
  const log: string[] = [];
  const errors = {
    error: (_code: number | null, message: string) => log.push(message),
    end: ({ code }: Closing) => log.push(`end ${code}`),
  };
  return { log, bound: new FrameBound({ burst: 2, perSecond: 1 }, 0, errors) };
}

describe('FrameBound', () => {
  it('answers frames beyond the burst with an error, and lets them in again with time', () => {
    const { log, bound } = setUp();
    expect([0, 0, 0].map((now) => bound.allows(now))).to.deep.equal([true, true, false]);
    expect(log).to.deep.equal(['The rate limit for frames is exceeded']);
    expect(bound.allows(2_000)).to.equal(true);
  });

  it('closes a socket that goes on after a hundred errors', () => {
    const { log, bound } = setUp();
    for (let n = 0; n < 102; n += 1) bound.allows(0);
    expect(log).to.have.length(100);
    bound.allows(0);
    expect(log.at(-1)).to.equal('end 4100');
  });

  it('does not count what is forgiven', () => {
    const { log, bound } = setUp();
    for (let n = 0; n < 10; n += 1) {
      expect(bound.allows(0)).to.equal(true);
      bound.forgive();
    }
    expect(log).to.deep.equal([]);
  });
});
