import { expect } from 'chai';
import { z } from 'zod';
import type { ObservedAnswer, RouteSpec } from '../../server/api/route-spec.ts';
import { RelayError } from '../../server/base/errors.ts';
import { HttpRequest, json } from '../../server/dialects/kit/http-message.ts';
import { deviations } from './check-answers.mjs';

const SPEC: RouteSpec = {
  summary: 'Test.',
  query: { limit: z.int() },
  answers: { 200: z.strictObject({ a: z.string() }) },
};

function found(over: Partial<ObservedAnswer>, querystring = ''): string[] {
  const request = new HttpRequest({ method: 'GET', path: '/v1/x', querystring, ip: '', req: {} as never });
  const route = { method: 'GET', pattern: '/v1/x', spec: SPEC } as const;
  return [...deviations({ route, request, codes: ['invalid'], ...over })];
}

describe('check-answers', () => {
  it('passes what the spec says', () => {
    expect(found({ answer: json({ a: 'x' }) }, 'limit=1&token=t')).to.deep.equal([]);
    expect(found({ error: new RelayError('invalid', 'no') })).to.deep.equal([]);
  });

  it('finds a field that is missing, wrong or unknown', () => {
    for (const body of [{}, { a: 1 }, { a: 'x', b: 1 }]) {
      expect(found({ answer: json(body) }), JSON.stringify(body)).to.have.lengthOf(1);
    }
  });

  it('finds a status, a code, a type, a stream and a parameter that the spec does not have', () => {
    expect(found({ answer: json({ a: 'x' }, 201) })).to.deep.equal(['the spec has no answer 201']);
    expect(found({ error: new RelayError('gone', 'over') })).to.deep.equal(['the spec has no code gone: over']);
    expect(found({ answer: { status: 200, headers: { 'content-type': 'text/css' }, body: '' } })).to.deep.equal([
      'the spec has no answer of the type text/css',
    ]);
    expect(found({ answer: { write() {} } })).to.deep.equal(['the spec has no events']);
    expect(found({ answer: json({ a: 'x' }) }, 'limt=1')).to.deep.equal(['the spec has no parameter limt']);
  });
});
