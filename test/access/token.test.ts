import { expect } from 'chai';
import { createThrottle } from '../../server/access/throttle.ts';
import { createTokenCheck, createTokenGuard } from '../../server/access/token.ts';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { createBlindDigest } from '../../server/base/digest.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';

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

describe('createTokenGuard', () => {
  it('lets the secret pass, counts wrong ones, and never refuses the right one for them', () => {
    const { logger } = recordingLogger();
    const clock = fakeClock();
    const { throttle: store } = createMemoryGuards(clock);
    const throttle = createThrottle({ limit: 1, windowMs: 60_000, clock, logger, store, digest: createBlindDigest() });
    const guard = createTokenGuard('right', throttle);
    const codeOf = (shown: string | undefined): string => {
      try {
        guard(shown, { address: '203.0.113.7', path: '/metrics', dialect: 'metrics' }, 'expected the token');
        return 'none';
      } catch (error) {
        return error instanceof RelayError ? error.code : String(error);
      }
    };
    const answers = [undefined, '', 'a', 'b', 'a', 'right'].map(codeOf);
    expect(answers).to.deep.equal(['unauthorized', 'unauthorized', 'unauthorized', 'too_many', 'unauthorized', 'none']);
  });
});
