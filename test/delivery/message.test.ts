import { expect } from 'chai';
import {
  createMessageFactory,
  type Draft,
  isStoredMessage,
  readStoredMessage,
  silenced,
  sizeOf,
  wireText,
} from '../../server/delivery/message.ts';
import { plainContent, readContent } from '../../shared/content.ts';
import { type Message, toWire } from '../../shared/message.ts';
import { draft } from './fixtures.ts';

const NOW = 1_795_298_858_174;
const TTL = 3_600_000;
const WIRE =
  '{"sendType":"personal","target":"a","from":{"method":"http","name":""},"message":{"text":"hi","desp":"","extra":{}},"mid":"7"}';
const STAMP = { mid: '7', createdAt: 5, expiresAt: 9 };
const idOf = (mid: string) => `id of ${mid}`;

/** A source of messages on a clock that shows what it is told. */
function source(now: number, lastMid = '0') {
  const time = { now };
  const clock = { now: () => time.now, monotonic: () => 0, setTimeout: () => undefined, clearTimeout: () => {} };
  const create = createMessageFactory({ clock, lastMid, ttl: TTL, idOf });
  return { time, create, next: (more: Partial<Draft> = {}): Message => create({ ...draft('a'), ...more }) };
}

describe('createMessageFactory', () => {
  it('gives the time in ms as the mid', () => {
    expect(source(NOW).next().mid).to.equal('1795298858174');
  });

  it('counts on within one millisecond and returns to the time when that has passed it', () => {
    const { time, next } = source(NOW);
    expect([next().mid, next().mid, next().mid]).to.deep.equal([String(NOW), String(NOW + 1), String(NOW + 2)]);
    time.now = NOW + 10;
    expect(next().mid).to.equal(String(NOW + 10));
  });

  it('gives 100,000 different mids within one millisecond, each above the one before', () => {
    const { next } = source(NOW);
    let last = 0;
    for (let count = 0; count < 100_000; count += 1) {
      const mid = Number(next().mid);
      if (mid <= last) expect.fail(`${mid} after ${last}`);
      last = mid;
    }
    expect(last).to.equal(NOW + 99_999);
  });

  it('keeps rising when the clock is set back, while times follow the clock', () => {
    const { time, next } = source(NOW);
    next();
    time.now = NOW - TTL;
    const message = next();
    expect([message.mid, message.createdAt, message.expiresAt]).to.deep.equal([String(NOW + 1), NOW - TTL, NOW]);
  });

  it('goes on above the greatest mid of the last run, even one ahead of the clock', () => {
    expect(source(NOW, String(NOW + 5000)).next().mid).to.equal(String(NOW + 5001));
    expect(source(NOW, String(NOW - 5000)).next().mid).to.equal(String(NOW));
  });

  it('lets a draft say how long it lives', () => {
    expect(source(NOW).next({ ttl: 60_000 }).expiresAt).to.equal(NOW + 60_000);
  });

  it('makes the id of the mid', () => {
    expect(source(NOW).next().id).to.equal(`id of ${NOW}`);
  });
});

describe('wireText', () => {
  it('has its keys in the order in which mpush sends them', () => {
    expect(wireText(source(7).next())).to.equal(WIRE);
  });

  it('gives extras back as they came, unread fields and all', () => {
    const extra = JSON.parse('{"z":1,"tags":"a,b","__proto__":{"x":[null]},"priority":"high"}');
    const content = readContent({ text: 'hi', desp: '', extra });
    expect(JSON.parse(wireText(source(7).next({ content }))).message.extra).to.deep.equal(extra);
  });

  it('says that a message must not ring, and reads it back', () => {
    const text = wireText(source(7).next({ silent: true }));
    expect(JSON.parse(text)).to.deep.equal({ ...JSON.parse(WIRE), silent: true });
    expect(readStoredMessage(text, STAMP, idOf)?.silent).to.equal(true);
    expect(readStoredMessage(WIRE, STAMP, idOf)?.silent).to.equal(undefined);
  });

  it('keeps that a message rings in quiet hours, and a silent copy keeps everything else', () => {
    const text = wireText(source(7).next({ breaksQuiet: true }));
    expect(JSON.parse(text)).to.deep.equal({ ...JSON.parse(WIRE), quiet: 'break' });
    const stored = readStoredMessage(text, STAMP, idOf);
    if (stored === undefined) throw new Error('not read');
    expect([stored.breaksQuiet, stored.silent]).to.deep.equal([true, undefined]);
    const copy = silenced(stored);
    expect(JSON.parse(wireText(copy))).to.deep.equal({ ...JSON.parse(text), silent: true });
    expect([copy.id, copy.mid, copy.createdAt, copy.expiresAt]).to.deep.equal(['id of 7', '7', 5, 9]);
    expect(silenced(stored)).to.equal(copy);
    expect(silenced(copy)).to.equal(copy);
  });

  it('writes what was not made by the factory', () => {
    const message: Message = { ...draft('a'), ...STAMP, id: '' };
    expect(wireText(message)).to.equal(WIRE);
  });

  it('does not keep the text of another message for a changed copy', () => {
    const message = source(7).next();
    wireText(message);
    expect(wireText({ ...message, id: '', content: plainContent('bye') })).to.include('"text":"bye"');
  });
});

describe('sizeOf', () => {
  it('counts the bytes on the wire', () => {
    expect(sizeOf(source(7).next())).to.equal(WIRE.length);
    expect(sizeOf(source(7).next({ content: plainContent('é€') }))).to.equal(WIRE.length + 3);
  });
});

describe('readStoredMessage', () => {
  it('reads what wireText wrote, and keeps the text', () => {
    const message = readStoredMessage(WIRE, STAMP, idOf);
    expect(message).to.deep.include({ ...STAMP, sendType: 'personal', target: 'a' });
    expect(message?.content.title).to.equal('hi');
    expect(message?.id).to.equal('id of 7');
    expect(message === undefined ? '' : wireText(message)).to.equal(WIRE);
  });

  const damaged: [string, string][] = [
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['broken JSON', WIRE.slice(0, -1)],
    ['another mid', WIRE.replace('"mid":"7"', '"mid":"8"')],
    ['a mid that is no text', WIRE.replace('"mid":"7"', '"mid":7')],
    ['another kind of send', WIRE.replace('personal', 'persomal')],
    ['a target that is no text', WIRE.replace('"target":"a"', '"target":null')],
    ['a sender that is no object', WIRE.replace('{"method":"http","name":""}', '"http"')],
    ['a body that is no object', WIRE.replace('{"text":"hi","desp":"","extra":{}}', 'null')],
    ['a text that is no text', WIRE.replace('"hi"', '1')],
    ['extras that are a list', WIRE.replace('"extra":{}', '"extra":[]')],
  ];
  const worse: [string, string][] = [
    ...damaged,
    ['a line break within a text', WIRE.replace('hi', 'h\ni')],
    ['a text with a quote too many', WIRE.replace('hi', 'h"i')],
    ['another key', WIRE.replace('"desp"', '"dexp"')],
    ['two messages', WIRE + WIRE],
  ];
  for (const [name, text] of worse) {
    it(`finds that ${name} is no message`, () => {
      expect(readStoredMessage(text, STAMP, idOf)).to.equal(undefined);
      expect(isStoredMessage(text, '7')).to.equal(false);
    });
  }

  const texts: [string, string][] = [
    ['none', ''],
    ['other scripts', 'größe ☃ 😀 \u2028 手机'],
    ['escapes', 'a "b" \\ \n \t \u0000 \ud800'],
    ['what looks like the end of a message', '"}},"mid":"7"}'],
    ['16 MB', 'x'.repeat(2 ** 24)],
  ];
  for (const [name, text] of texts) {
    it(`reads a message with ${name} as JSON.parse does, with extras and without`, () => {
      for (const extra of [{}, { priority: 1 }, { a: { b: [text] } }]) {
        const wire = { ...JSON.parse(WIRE), target: text, message: { text, desp: text, extra } };
        const stored = JSON.stringify(wire);
        const message = readStoredMessage(stored, STAMP, idOf);
        // Not deep.equal, which takes seconds to show a difference in such a text.
        expect(message !== undefined && JSON.stringify(toWire(message)) === stored).to.equal(true);
        expect(isStoredMessage(stored, '7')).to.equal(true);
        expect(isStoredMessage(stored, '8')).to.equal(false);
      }
    });
  }
});
