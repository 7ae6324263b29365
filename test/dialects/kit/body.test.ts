import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import {
  boundedBody,
  decode,
  essenceOf,
  isJsonType,
  peekBytes,
  readBytes,
  readForm,
  readObject,
  readPairs,
} from '../../../server/dialects/kit/body.ts';
import { rejection } from '../../support/rejection.ts';

/** A request with these headers, whose body arrives in these pieces. */
function request(headers: Record<string, string>, pieces: readonly (string | Buffer)[]): IncomingMessage {
  const made = new IncomingMessage(new Socket());
  made.headers = headers;
  for (const piece of pieces) made.push(piece);
  made.push(null);
  return made;
}

/** The code and text of the refusal that `work` throws. */
function refusal(work: () => unknown): readonly [code: string, text: string] {
  try {
    work();
  } catch (error) {
    if (error instanceof RelayError) return [error.code, error.message];
    throw error;
  }
  throw new Error('it threw nothing');
}

describe('readBytes', () => {
  it('joins what arrives in pieces', async () => {
    expect(String(await readBytes(request({}, ['he', 'llo']), 5))).to.equal('hello');
  });

  const REFUSED: readonly (readonly [what: string, headers: Record<string, string>, code: string])[] = [
    ['a body beyond the limit', {}, 'too_large'],
    ['a body that says it is beyond the limit', { 'content-length': '9' }, 'too_large'],
    ['a body that ends early', { 'content-length': '4' }, 'invalid'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 'unsupported_type'],
  ];
  for (const [what, headers, code] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const pieces = code === 'invalid' ? ['ab'] : ['hello', '!'];
      expect(await rejection(readBytes(request(headers, pieces), 5))).to.have.property('code', code);
    });
  }
});

describe('peekBytes', () => {
  it('leaves a whole body to whoever reads it next, in either way', async () => {
    const first = request({}, ['he', 'llo']);
    for (let count = 0; count < 2; count += 1) expect(String(await peekBytes(first, 5))).to.equal('hello');
    expect(await peekBytes(first, 4)).to.equal(undefined);
    expect(String(await readBytes(first, 5))).to.equal('hello');
    expect(await rejection(readBytes(first, 4))).to.have.property('code', 'too_large');
    const second = request({}, ['he', 'llo']);
    await peekBytes(second, 5);
    expect(await text(boundedBody(second, 5))).to.equal('hello');
  });

  it('leaves a longer body as it was, and one that says so unread', async () => {
    for (const headers of [{}, { 'content-length': '11' }]) {
      const long = request(headers, ['hello', ' ', 'world']);
      expect(await peekBytes(long, 5)).to.equal(undefined);
      expect(String(await readBytes(long, 11))).to.equal('hello world');
      const streamed = request(headers, ['hello', ' ', 'world']);
      streamed.complete = true;
      await peekBytes(streamed, 5);
      expect(await text(boundedBody(streamed, 11))).to.equal('hello world');
    }
  });

  it('leaves a longer body to the next one who looks, too', async () => {
    const asked = request({}, ['hello', ' ', 'world']);
    for (const limit of [5, 7, 11]) {
      expect(String(await peekBytes(asked, limit))).to.equal(limit < 11 ? 'undefined' : 'hello world');
    }
    expect(String(await readBytes(asked, 11))).to.equal('hello world');
  });

  it('reads a compressed body as it came', async () => {
    const asked = request({ 'content-encoding': 'aes128gcm' }, ['abc']);
    expect(String(await peekBytes(asked, 5))).to.equal('abc');
    expect(await text(boundedBody(asked, 5, true))).to.equal('abc');
  });

  it('refuses a body that ends early', async () => {
    const asked = new IncomingMessage(new Socket());
    asked.push('he');
    const peeked = rejection(peekBytes(asked, 5));
    asked.destroy();
    expect(await peeked).to.have.property('code', 'invalid');
  });
});

describe('readBytes of a peer that hangs up', () => {
  const early = { code: 'invalid', message: 'the body ended early' };

  it('refuses while it reads', async () => {
    const made = new IncomingMessage(new Socket());
    made.headers = { 'content-length': '5' };
    made.push('he');
    const refused = rejection(readBytes(made, 5));
    made.destroy();
    expect(await refused).to.deep.include(early);
  });

  it('refuses when it begins too late', async () => {
    const made = request({}, ['hello']);
    made.destroy();
    expect(await rejection(readBytes(made, 5))).to.deep.include(early);
  });

  it('keeps a body that was read before', async () => {
    const made = request({}, ['hello']);
    const read = readBytes(made, 5);
    made.once('end', () => made.destroy());
    expect(String(await read)).to.equal('hello');
  });

  it('keeps no more of a body than its limit', async () => {
    const made = new IncomingMessage(new Socket());
    const ended = once(made, 'end');
    const refused = rejection(readBytes(made, 5));
    for (let piece = 0; piece < 100; piece += 1) made.push('hello');
    made.push(null);
    expect(await refused).to.have.property('code', 'too_large');
    await ended;
  });
});

describe('readPairs', () => {
  it('decodes a query', () => {
    expect(readPairs('a=1&b=%E4%BD%A0+x&=&a=2')).to.deep.equal([
      ['a', '1'],
      ['b', '你 x'],
      ['', ''],
      ['a', '2'],
    ]);
  });

  for (const text of ['a=%C4%E3', 'a=%ff', 'a%80=x', 'a=%EF%BF', 'a=%EF%BF%BD%80', 'a=%ED%A0%80', '\ufffd=%c0%af']) {
    it(`refuses ${text}, which is not UTF-8`, () => {
      expect(refusal(() => readPairs(text))).to.deep.equal(['invalid', 'expected text in UTF-8']);
      expect(refusal(() => readForm(text))).to.deep.equal(['invalid', 'expected text in UTF-8']);
    });
  }

  it('lets the character for broken text through where it was sent', () => {
    expect(readPairs('a=%EF%BF%BD%ef%bf%bd&b=\ufffd')).to.deep.equal([
      ['a', '\ufffd\ufffd'],
      ['b', '\ufffd'],
    ]);
  });
});

describe('decode', () => {
  it('reads a character that lay across two packets', () => {
    expect(decode(Buffer.from('你好'))).to.equal('你好');
  });

  for (const bytes of [[0xc4, 0xe3], [0xff], [0xe4, 0xbd], [0xed, 0xa0, 0x80]]) {
    it(`refuses ${bytes.map((byte) => byte.toString(16)).join(' ')}`, () => {
      expect(refusal(() => decode(Uint8Array.from(bytes)))).to.deep.equal(['invalid', 'expected text in UTF-8']);
    });
  }
});

describe('readObject', () => {
  it('gives the object, with every name as it was written', () => {
    const object = readObject(Buffer.from('{"__proto__": {"a": 1}, "b": null}'));
    expect(Object.entries(object)).to.deep.equal([
      ['__proto__', { a: 1 }],
      ['b', null],
    ]);
  });

  for (const text of ['', ' ', '[]', 'null', '"text"', '1', '{"a":', '{} {}', "{'a':1}"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(refusal(() => readObject(Buffer.from(text)))).to.deep.equal(['invalid', 'expected a JSON object']);
    });
  }
});

describe('readForm', () => {
  it('keeps the order, and names that come twice', () => {
    expect(readForm('b=1&a=%E4%BD%A0&b=2')).to.deep.equal([
      ['b', '1'],
      ['a', '你'],
      ['b', '2'],
    ]);
  });

  it('refuses more than 1,000 fields', () => {
    expect(readForm('a&'.repeat(1000))).to.have.length(1000);
    expect(refusal(() => readForm('a&'.repeat(1001)))).to.deep.equal(['invalid', 'expected at most 1000 fields']);
  });
});

describe('essenceOf and isJsonType', () => {
  const table: readonly (readonly [type: string, essence: string, isJson: boolean])[] = [
    ['application/json', 'application/json', true],
    ['Application/JSON; charset=utf-8', 'application/json', true],
    ['application/vnd.api+json ; x=y', 'application/vnd.api+json', true],
    ['text/json', 'text/json', true],
    ['text/plain; x=json', 'text/plain', false],
    ['text/plain;application/json', 'text/plain', false],
    ['application/jsonp', 'application/jsonp', false],
    ['x/json', 'x/json', false],
    ['', '', false],
  ];
  for (const [type, essence, isJson] of table) {
    it(`reads ${JSON.stringify(type)}`, () => {
      expect([essenceOf(type), isJsonType(type)]).to.deep.equal([essence, isJson]);
    });
  }
});
