import { expect } from 'chai';
import type { Draft } from '../../../server/delivery/message.ts';
import { readSend } from '../../../server/dialects/mpush/draft.ts';
import { collect, type Parameters } from '../../../server/dialects/mpush/query.ts';
import type { Payload } from '../../../server/dialects/mpush/words.ts';
import { writeContent } from '../../../shared/content.ts';

const to = { sendType: 'personal', target: 'phone' } as const;
function onWire({ content, ...rest }: Draft) {
  return { ...rest, message: writeContent(content) };
}
const context = { now: Date.now(), maxDelay: 366 * 24 * 3_600_000 };
const read = (...[parameters, payload]: [Parameters, Payload?]) => readSend(to, parameters, payload, context);
const ofQuery = (text: string) => onWire(read(collect(new URLSearchParams(text))).draft);
const ofJson = (value: object) => onWire(read(collect(Object.entries(value)), value as Record<string, unknown>).draft);

describe('readSend', () => {
  const cases: [string, object][] = [
    ['text=hi&desp=there', { text: 'hi', desp: 'there', extra: {} }],
    ['text=1&text=2&desp=a&desp=b', { text: '1,2', desp: 'a,b', extra: {} }],
    ['title=hi', { text: 'hi', desp: '', extra: {} }],
    ['title=a&text=b', { text: 'b', desp: '', extra: {} }],
    ['title=a&text=', { text: 'a', desp: '', extra: {} }],
    ['subject=a&message=b', { text: 'a', desp: 'b', extra: {} }],
    ['text=a&subject=b&body=c&msg=d', { text: 'a', desp: 'c', extra: { subject: 'b', msg: 'd' } }],
    ['content=a', { text: '', desp: 'a', extra: {} }],
    ['text=a+b%20c', { text: 'a b c', desp: '', extra: {} }],
    ['text=x&a=1&a=2&b=', { text: 'x', desp: '', extra: { a: ['1', '2'], b: '' } }],
    ['text=x&wait=0&strict=1&token=secret&scheme=app', { text: 'x', desp: '', extra: { scheme: 'app' } }],
    [
      'text=x&b=%7B%22hello%22:%22world%22%7D&t=true&a=233',
      { text: 'x', desp: '', extra: { b: '{"hello":"world"}', t: 'true', a: '233' } },
    ],
    ['text=x&extra=x', { text: 'x', desp: '', extra: { extra: 'x' } }],
    ['text=x&extra=x&extra=y', { text: 'x', desp: '', extra: { extra: ['x', 'y'] } }],
    ['text=x&constructor=1&toString=2', { text: 'x', desp: '', extra: { constructor: '1', toString: '2' } }],
  ];
  for (const [text, message] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(ofQuery(text)).to.deep.equal({ ...to, from: { method: 'http', name: '' }, message });
    });
  }

  it('keeps the types of JSON, and takes the keys of an object called extra', () => {
    const given = { text: 'x', level: 3, tags: ['a'], on: true, none: null, extra: { deep: { a: 1 } } };
    expect(ofJson(given).message.extra).to.deep.equal({ level: 3, tags: ['a'], on: true, none: null, deep: { a: 1 } });
  });

  for (const extra of [null, [1], 5, true]) {
    it(`takes ${JSON.stringify(extra)} as extra for nothing`, () => {
      expect(ofJson({ text: 'x', extra }).message.extra).to.deep.equal({});
    });
  }

  it('keeps a parameter called __proto__ as one', () => {
    expect(JSON.stringify(ofQuery('text=x&__proto__=1').message.extra)).to.equal('{"__proto__":"1"}');
  });

  it('never calls a toString from outside', () => {
    expect(ofJson({ text: { toString: 1 } }).message.text).to.equal('[object Object]');
  });

  for (const text of ['', 'text=', 'text=+%0A&desp=', 'priority=5&wait=0', 'summary=disk+full', 'extra=x']) {
    it(`refuses ${JSON.stringify(text)}, which says nothing`, () => {
      expect(() => ofQuery(text))
        .to.throw('expected a text')
        .with.property('code', 'invalid');
    });
  }

  for (const value of [
    {},
    { text: '' },
    { priority: 'high', tags: 'a' },
    { count: 5, list: [1, null, {}], ok: true },
  ]) {
    it(`refuses ${JSON.stringify(value)}, which says nothing`, () => {
      expect(() => ofJson(value)).to.throw('expected a text');
    });
  }

  for (const text of ['text=x&key=disk&state=bad', 'key=disk&state=OK', 'text=x&key=disk&state=ok&state=ok']) {
    it(`refuses ${JSON.stringify(text)}, whose state no key can have`, () => {
      expect(() => ofQuery(text)).to.throw(/state must be firing, ok, resolved or info|expected a text/);
    });
  }

  it('refuses such a state in an object called extra, too', () => {
    expect(() => ofJson({ text: 'x', extra: { key: 'disk', state: 'bad' } })).to.throw('state must be firing');
  });

  it('keeps a state without a key as an extra', () => {
    expect(ofQuery('text=x&state=bad').message.extra).to.deep.equal({ state: 'bad' });
    expect(ofQuery('text=x&key=disk&state=').message.extra).to.deep.equal({ key: 'disk', state: '' });
  });

  describe('with from', () => {
    it('names the sender, and keeps it out of extra', () => {
      const { from, message } = ofQuery('text=x&from=backup+server');
      expect([from, message.extra]).to.deep.equal([{ method: 'http', name: 'backup server' }, {}]);
    });

    it('leaves what is no name of a sender to extra', () => {
      const { from, message } = ofJson({ text: 'x', from: { id: 5 } });
      expect([from.name, message.extra]).to.deep.equal(['', { from: { id: 5 } }]);
    });

    for (const from of ['x'.repeat(65), 'a\nb', 'a\0']) {
      it(`refuses ${JSON.stringify(from).slice(0, 20)}`, () => {
        expect(() => ofJson({ text: 'x', from })).to.throw(/^from must be at most 64 characters/);
      });
    }
  });
});
