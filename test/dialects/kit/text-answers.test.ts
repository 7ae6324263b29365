import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { HttpRequest } from '../../../server/dialects/kit/http-message.ts';
import { patternToRegExp, readParams } from '../../../server/dialects/kit/route.ts';
import { failAsText, type TextRoute, textRoutes } from '../../../server/dialects/kit/text-answers.ts';

const call = (method: TextRoute['method'], path: string): TextRoute => ({
  method,
  path,
  limit: 0,
  answer: (_request, values) => ({ status: 200, headers: {}, body: `${method} ${path} ${values.join('|')}` }),
});

const ROUTES = textRoutes([call('POST', '/push/:app/last'), call('GET', '/push/:app/:tag'), call('GET', '/list')], {
  x: 'y',
});

/** What the first route that matches answers; `undefined` where none does. */
async function answerTo(method: string, path: string) {
  const request = new HttpRequest({ method, path, querystring: '', ip: '', req: new IncomingMessage(new Socket()) });
  const fits = (route: (typeof ROUTES)[number]) => route.method === '*' || route.method === method;
  const route = ROUTES.find((one) => fits(one) && readParams(patternToRegExp(one.pattern), path) !== undefined);
  const answer = await Promise.resolve()
    .then(() => route?.answer(request, []))
    .catch((error: unknown) => (error instanceof RelayError ? failAsText(error) : Promise.reject(error)));
  return { answer, headers: request.answerHeaders };
}

describe('textRoutes', () => {
  it('give a request to the first call with its method and path', async () => {
    expect((await answerTo('POST', '/push/a/last')).answer).to.include({ body: 'POST /push/:app/last a' });
    expect((await answerTo('GET', '/push/a/last')).answer).to.include({ body: 'GET /push/:app/:tag a|last' });
    expect((await answerTo('GET', '/push/%E4%BD%A0/b')).answer).to.include({ body: 'GET /push/:app/:tag 你|b' });
  });

  it('answer other methods with 405, and what they could be', async () => {
    const { answer } = await answerTo('DELETE', '/push/a/last');
    expect(answer).to.deep.include({ status: 405, body: '' });
    expect(answer).to.have.nested.property('headers.allow', 'POST, GET');
  });

  it('do not know paths with a broken value, or a slash at their end', async () => {
    for (const path of ['/push/%zz/b', '/push/a%2Fb/c', '/list/']) {
      expect((await answerTo('GET', path)).answer, path).to.include({ status: 404, body: '404 page not found\n' });
    }
    expect((await answerTo('GET', '/push')).answer).to.equal(undefined);
  });

  it('set headers on every answer', async () => {
    for (const method of ['GET', 'PUT']) {
      expect((await answerTo(method, '/list')).headers).to.deep.equal({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        x: 'y',
      });
    }
  });
});

describe('failAsText', () => {
  it('answers with the text of the error', () => {
    expect(failAsText(new RelayError('too_many', 'later', { retryAfter: 3 }))).to.deep.equal({
      status: 429,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '3' },
      body: 'later\n',
    });
  });
});
