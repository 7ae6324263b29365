import { expect } from 'chai';
import { type ErrorCode, RelayError } from '../../../server/base/errors.ts';
import type { Logger } from '../../../server/base/logger.ts';
import { failAsJson, refusalOf } from '../../../server/dialects/kit/errors.ts';

describe('failAsJson', () => {
  const statuses: [ErrorCode, number][] = [
    ['invalid', 400],
    ['unauthorized', 401],
    ['revoked', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['method_not_allowed', 405],
    ['timeout', 408],
    ['too_large', 413],
    ['unsupported_type', 415],
    ['too_many', 429],
    ['internal', 500],
    ['unavailable', 503],
  ];
  for (const [code, status] of statuses) {
    it(`answers ${code} with ${status}, its text and its code`, () => {
      const answer = failAsJson(new RelayError(code, 'what was expected'));
      expect(answer.status).to.equal(status);
      expect(JSON.parse(String(answer.body))).to.deep.equal({ error: 'what was expected', code });
      expect(answer.headers).to.deep.equal({ 'content-type': 'application/json; charset=utf-8' });
    });
  }

  it('says when to try again', () => {
    expect(failAsJson(new RelayError('too_many', 'later', { retryAfter: 30 })).headers).to.include({
      'retry-after': '30',
    });
  });
});

describe('refusalOf', () => {
  function setUp() {
    const logged: [facts: object, text: string][] = [];
    const note = (facts: object, text: string) => void logged.push([facts, text]);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    return { logged, refuse: (error: unknown) => refusalOf(error, logger, { path: '/a' }) };
  }

  it('leaves an error of the caller as it is', () => {
    const { logged, refuse } = setUp();
    const error = new RelayError('too_large', 'the body is too large');
    expect(refuse(error)).to.equal(error);
    expect(logged).to.deep.equal([]);
  });

  for (const fault of [new Error('secret path /root'), 'text', undefined]) {
    it(`logs ${String(fault)} and keeps it to itself`, () => {
      const { logged, refuse } = setUp();
      expect(refuse(fault)).to.include({ code: 'internal', message: 'internal error' });
      expect(logged).to.deep.equal([[{ err: fault, path: '/a' }, 'request fault']]);
    });
  }
});
