import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { HttpRequest, isStream, json } from '../../../server/dialects/kit/http-message.ts';
import { rejection } from '../../support/rejection.ts';

/** A request whose body arrives in these pieces. */
function request(querystring: string, pieces: readonly string[] = [], limit = 10): HttpRequest {
  const req = new IncomingMessage(new Socket());
  req.headers = { 'x-one': '1' };
  for (const piece of pieces) req.push(piece);
  req.push(null);
  req.complete = true;
  return new HttpRequest({ method: 'POST', path: '/', querystring, ip: '192.0.2.1', req }, limit);
}

describe('HttpRequest', () => {
  it('decodes its query once', () => {
    const asked = request('a=1&b=%20&a=2');
    expect(asked.query).to.deep.equal([
      ['a', '1'],
      ['b', ' '],
      ['a', '2'],
    ]);
    expect(asked.query).to.equal(asked.query);
    expect([asked.parameter('a'), asked.parameter('c')]).to.deep.equal(['1', undefined]);
  });

  it('refuses a query that is not UTF-8 when somebody asks for it', () => {
    const asked = request('a=%C4');
    expect(() => asked.query).to.throw('expected text in UTF-8');
  });

  it('has an empty text for a header that is missing', () => {
    expect([request('').header('x-one'), request('').header('x-two')]).to.deep.equal(['1', '']);
  });

  it('reads its body within its limit, or within a lower one', async () => {
    expect(String(await request('', ['01234', '56789']).read())).to.equal('0123456789');
    expect(await rejection(request('', ['0123456789a']).read())).to.have.property('code', 'too_large');
    expect(await rejection(request('', ['01234']).read(4))).to.have.property('code', 'too_large');
  });

  it('gives its body as a stream within its limit', async () => {
    expect(await text(request('', ['01234', '56789']).stream())).to.equal('0123456789');
    expect(await rejection(text(request('', ['0123456789a']).stream()))).to.have.property('code', 'too_large');
  });
});

describe('json', () => {
  it('is an answer with a type, whatever else it has', () => {
    expect(json({ a: 1 }, 201, { x: 'y' })).to.deep.equal({
      status: 201,
      headers: { 'content-type': 'application/json; charset=utf-8', x: 'y' },
      body: '{"a":1}',
    });
  });
});

describe('isStream', () => {
  it('tells streams from texts and bytes', () => {
    const answer = { status: 200, headers: {} };
    expect(isStream({ ...answer, body: Readable.from([]) })).to.equal(true);
    expect([isStream({ ...answer, body: '' }), isStream({ ...answer, body: Buffer.from('') })]).to.deep.equal([
      false,
      false,
    ]);
  });
});
