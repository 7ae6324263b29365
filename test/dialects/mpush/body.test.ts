import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { HttpRequest } from '../../../server/dialects/kit/http-message.ts';
import { type Body, readBodyOf } from '../../../server/dialects/mpush/body.ts';

const NO_FILES = { maxSize: 0, take: () => Promise.reject(new RelayError('forbidden', 'no files')) };

function read(
  type: string | undefined,
  body: (string | Uint8Array)[],
  headers: IncomingHttpHeaders = {},
  limit = 4096,
) {
  const chunks = body.map((chunk) => Buffer.from(chunk));
  const request = Object.assign(Readable.from(chunks, { objectMode: false }), {
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
  });
  const req = request as unknown as IncomingMessage;
  return readBodyOf(
    new HttpRequest({ method: 'POST', path: '/', querystring: '', ip: '', req }, limit),
    limit,
    NO_FILES,
  );
}

async function refusal(reading: Promise<Body>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof RelayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('it was not refused');
}

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=XX';
const part = (disposition: string, content: string, more = '') =>
  `--XX\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`;
const END = '--XX--\r\n';

describe('readBodyOf', () => {
  const bodies: [string, string | undefined, string, Body][] = [
    ['JSON', 'application/json', '{"text":"x"}', { kind: 'json', value: { text: 'x' } }],
    ['JSON of any subtype', 'application/vnd.x+JSON; charset=utf-8', '[1]', { kind: 'json', value: [1] }],
    [
      'a form',
      'application/x-www-form-urlencoded',
      'text=a+b&text=%26',
      {
        kind: 'form',
        pairs: [
          ['text', 'a b'],
          ['text', '&'],
        ],
      },
    ],
    [
      'what `curl -d` says is a form',
      'application/x-www-form-urlencoded',
      'disk full',
      { kind: 'text', text: 'disk full' },
    ],
    [
      'a line with an equals sign in it that `curl -d` says is a form',
      'application/x-www-form-urlencoded',
      'disk usage=95%\nhome=12%',
      { kind: 'text', text: 'disk usage=95%\nhome=12%' },
    ],
    [
      'a form whose first field has a blank in its name',
      FORM,
      'Full+Name=Jo&text=hi',
      {
        kind: 'form',
        pairs: [
          ['Full Name', 'Jo'],
          ['text', 'hi'],
        ],
      },
    ],
    ['a sum', FORM, '1+1=2&2+2=4', { kind: 'text', text: '1+1=2&2+2=4' }],
    ['text of `curl -d` that holds an =', FORM, 'load is = 5 & rising', { kind: 'text', text: 'load is = 5 & rising' }],
    ['a form whose field has brackets', FORM, 'a[b]=1', { kind: 'form', pairs: [['a[b]', '1']] }],
    ['plain text', 'text/plain', 'a=b', { kind: 'text', text: 'a=b' }],
    ['text without a type', undefined, 'a=b', { kind: 'text', text: 'a=b' }],
    ['nothing', undefined, '', { kind: 'text', text: '' }],
  ];
  for (const [what, type, text, body] of bodies) {
    it(`reads ${what}`, async () => {
      expect(await read(type, [text])).to.deep.equal(body);
    });
  }

  it('decodes once, wherever the packets were cut', async () => {
    const bytes = Buffer.from('{"text":"你好世界"}');
    for (let cut = 9; cut < 21; cut += 1) {
      const body = await read('application/json', [bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(body).to.deep.equal({ kind: 'json', value: { text: '你好世界' } });
    }
  });

  it('reads fields and files of a multipart form in order', async () => {
    const body =
      part('name="text"', '磁盘') +
      part('name="desp"; filename="日志.txt"', 'line 1\r\nline 2', 'Content-Type: text/plain\r\n') +
      part('name="名"', '') +
      END;
    expect(await read(MULTIPART, [body])).to.deep.equal({
      kind: 'form',
      pairs: [
        ['text', '磁盘'],
        ['desp', 'line 1\r\nline 2'],
        ['名', ''],
      ],
    });
  });

  const refused: [string, string | undefined, string | Uint8Array, string | RegExp][] = [
    ['JSON that ends early', 'application/json', '{"text":', /^invalid: expected JSON/],
    ['an empty JSON body', 'application/json', '', /^invalid: expected JSON/],
    ['JSON nested 100,000 deep', 'application/json', '['.repeat(2000), /^invalid: /],
    ['invalid UTF-8', 'text/plain', Uint8Array.of(0xc3, 0x28), 'invalid: expected text in UTF-8'],
    ['invalid UTF-8 in JSON', 'application/json', Uint8Array.of(0x22, 0xff, 0x22), 'invalid: expected text in UTF-8'],
    ['UTF-16', 'text/plain; charset=utf-16', Uint8Array.of(0xff, 0xfe, 0x68, 0), 'invalid: expected text in UTF-8'],
    ['an image', 'image/png', 'x', 'unsupported_type: Unsupported Content Type: image/png'],
    ['a form of 1,001 fields', 'application/x-www-form-urlencoded', 'a=&'.repeat(1001), /at most 1000 fields/],
    ['a multipart form without boundary', 'multipart/form-data', 'x', 'invalid: malformed multipart body'],
    ['a multipart form that ends early', MULTIPART, part('name="text"', 'x'), 'invalid: malformed multipart body'],
    ['a file that ends early', MULTIPART, part('name="f"; filename="f"', 'x'), 'invalid: malformed multipart body'],
    ['a multipart form that is none', MULTIPART, 'text=x', 'invalid: malformed multipart body'],
    ['an empty multipart body', MULTIPART, '', 'invalid: malformed multipart body'],
    [
      'a file that is no text',
      MULTIPART,
      Buffer.concat([
        Buffer.from(part('name="f"; filename="f"', '').slice(0, -2)),
        Uint8Array.of(0xff, 0xfe),
        Buffer.from(`\r\n${END}`),
      ]),
      'invalid: expected text in UTF-8',
    ],
  ];
  for (const [what, type, body, expected] of refused) {
    it(`refuses ${what}`, async () => {
      const text = await refusal(read(type, [body], {}, 1 << 20));
      if (typeof expected === 'string') expect(text).to.equal(expected);
      else expect(text).to.match(expected);
    });
  }

  it('refuses a multipart form of 1,001 parts', async () => {
    const body = part('name="a"', '').repeat(1001) + END;
    expect(await refusal(read(MULTIPART, [body], {}, 1 << 20))).to.equal('invalid: expected at most 1000 fields');
  });

  it('shows a long content type in part', async () => {
    const text = await refusal(read(`x/${'y'.repeat(500)}`, ['x']));
    expect(text).to.equal(`unsupported_type: Unsupported Content Type: x/${'y'.repeat(98)}`);
  });

  it('takes a body of the limit and refuses one more byte, announced or not', async () => {
    expect(await read('text/plain', ['x'.repeat(4096)])).to.have.property('kind', 'text');
    const text = 'too_large: the body is larger than 4096 bytes';
    expect(await refusal(read('text/plain', ['x'.repeat(4097)]))).to.equal(text);
    expect(await refusal(read('text/plain', ['x'.repeat(4097)], { 'content-length': '4097' }))).to.equal(text);
  });

  it('refuses a body that is shorter than announced', async () => {
    const text = await refusal(read('text/plain', ['x'], { 'content-length': '2' }));
    expect(text).to.equal('invalid: the body ended early');
  });

  for (const encoding of ['gzip', 'br', 'deflate', 'x']) {
    it(`refuses the encoding ${encoding}`, async () => {
      const text = await refusal(read('text/plain', ['x'], { 'content-encoding': encoding }));
      expect(text).to.match(/^unsupported_type: Unsupported Content Encoding/);
    });
  }
});
