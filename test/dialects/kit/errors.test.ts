import { expect } from 'chai';
import type { Context } from 'koa';
import { RelayError } from '../../../server/base/errors.ts';
import type { Logger } from '../../../server/base/logger.ts';
import { setRefusal } from '../../../server/dialects/kit/errors.ts';

/** The part of a context that an answer to an error needs, and what is logged. */
function setUp() {
  const headers: Record<string, string> = {};
  const context = { status: 404, path: '/a', set: (name: string, value: string) => (headers[name] = value) };
  const logged: string[] = [];
  const note = (_facts: object, text: string) => void logged.push(text);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const refuse = (error: unknown) => setRefusal(context as unknown as Context, error, logger);
  return { context, headers, logged, refuse };
}

describe('setRefusal', () => {
  it('answers an error of the caller with its status and text', () => {
    const { context, headers, logged, refuse } = setUp();
    expect(refuse(new RelayError('too_large', 'the body is too large')).message).to.equal('the body is too large');
    expect([context.status, headers, logged]).to.deep.equal([413, {}, []]);
  });

  it('says when to come again', () => {
    const { context, headers, refuse } = setUp();
    refuse(new RelayError('too_many', 'too many', { retryAfter: 30 }));
    expect([context.status, headers]).to.deep.equal([429, { 'retry-after': '30' }]);
  });

  for (const fault of [new Error('secret path /root'), 'text', undefined]) {
    it(`logs ${String(fault)} and keeps it to itself`, () => {
      const { context, logged, refuse } = setUp();
      expect(refuse(fault).message).to.equal('internal error');
      expect([context.status, logged]).to.deep.equal([500, ['request fault']]);
    });
  }
});
