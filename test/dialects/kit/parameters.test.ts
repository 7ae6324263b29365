import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { HttpRequest } from '../../../server/dialects/kit/http-message.ts';
import { readParameters, textOf } from '../../../server/dialects/kit/parameters.ts';
import { rejection } from '../../support/rejection.ts';

/** Reads a request with this query, content type and body. */
function read(querystring: string, type = '', body = '', limit = 1000) {
  const req = new IncomingMessage(new Socket());
  req.push(body);
  req.push(null);
  req.headers = { 'content-type': type };
  return readParameters(new HttpRequest({ method: 'POST', path: '/', querystring, ip: '', req }, limit));
}

describe('readParameters', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const JSON_TYPE = 'application/json';

  it('puts the body before the query, and the first of several before the others', async () => {
    const parameters = await read('a=query&b=query&b=again', FORM, 'a=body&a=again');
    expect([...parameters]).to.deep.equal([
      ['a', 'body'],
      ['b', 'query'],
    ]);
  });

  it('takes text of JSON as it is, other values as their JSON, and null for nothing', async () => {
    const parameters = await read('c=query', JSON_TYPE, '{"a":"1","b":{"x":[2]},"c":null,"__proto__":"p"}');
    expect([...parameters]).to.deep.equal([
      ['a', '1'],
      ['b', '{"x":[2]}'],
      ['__proto__', 'p'],
      ['c', 'query'],
    ]);
  });

  it('reads a multipart form', async () => {
    const body = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n你\r\n--x--\r\n';
    expect(textOf(await read('', 'multipart/form-data; boundary=x', body), 'a')).to.equal('你');
  });

  it('counts an absent parameter as empty', async () => {
    expect(textOf(await read(''), 'a')).to.equal('');
  });

  const REFUSED: readonly (readonly [what: string, code: string, query: string, type: string, body: string])[] = [
    ['a body beyond the limit', 'too_large', '', FORM, 'x'.repeat(1001)],
    ['JSON that is no object', 'invalid', '', JSON_TYPE, '[1]'],
    ['half of an object', 'invalid', '', JSON_TYPE, '{"a":'],
    ['a query that is not UTF-8', 'invalid', 'a=%C4%E3', '', ''],
    ['a form that is not UTF-8', 'invalid', '', FORM, 'a=%C4%E3'],
  ];
  for (const [what, code, query, type, body] of REFUSED) {
    it(`refuses ${what}`, async () => {
      expect(await rejection(read(query, type, body))).to.have.property('code', code);
    });
  }
});
