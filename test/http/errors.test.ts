import { expect } from 'chai';
import type { Context } from 'koa';
import { type ErrorCode, RelayError } from '../../server/base/errors.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { answerError } from '../../server/http/errors.ts';

/** What is answered when the rest of the app ends like this. */
async function answer(next: (context: Context) => void) {
  const headers: Record<string, string> = {};
  const context = {
    status: 404,
    path: '/x',
    set(key: string, value: string) {
      headers[key] = value;
    },
  };
  const logged: object[] = [];
  const logger = { ...silentLogger, error: (facts: object) => void logged.push(facts) };
  const asContext = context as unknown as Context;
  await answerError(asContext, async () => next(asContext), logger);
  return { status: context.status, body: asContext.body, headers, logged };
}

describe('answerError', () => {
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
    it(`answers ${code} with ${status} and its text`, async () => {
      const given = await answer(() => {
        throw new RelayError(code, 'what was expected');
      });
      expect(given).to.deep.equal({ status, body: { error: 'what was expected', code }, headers: {}, logged: [] });
    });
  }

  it('says when to try again', async () => {
    const { headers } = await answer(() => {
      throw new RelayError('too_many', 'later', { retryAfter: 30 });
    });
    expect(headers).to.deep.equal({ 'retry-after': '30' });
  });

  it('keeps the text of anything else, and logs it', async () => {
    const fault = new TypeError('secret');
    const given = await answer(() => {
      throw fault;
    });
    expect(given).to.deep.include({
      status: 500,
      body: { error: 'internal error', code: 'internal' },
      logged: [{ err: fault, path: '/x' }],
    });
  });

  it('answers what nobody has answered', async () => {
    expect(await answer(() => {})).to.deep.include({ status: 404, body: { error: 'no such path', code: 'not_found' } });
  });

  it('leaves answers alone', async () => {
    const given = await answer((context) => {
      context.status = 404;
      context.body = 'mine';
    });
    expect(given).to.deep.include({ status: 404, body: 'mine' });
  });
});
