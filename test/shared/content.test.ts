import { expect } from 'chai';
import { type Content, plainContent, readContent, readKey, readTags, writeContent } from '../../shared/content.ts';

const read = (extra: Record<string, unknown>) => readContent({ text: 'title', desp: 'body', extra });

/** Values that no field expects. */
const HOSTILE: unknown[] = [
  ...[null, undefined, true, -1, 1e308, Number.NaN, '', ' ', '\u0000', '[', '{', '[[[', '"', 'x'.repeat(100_000)],
  ...[[], {}, [[]], [null], [{}], { toString: null }, { length: 3 }, new Date(0), 10n, Symbol('x'), () => 'x'],
];
const FIELDS = [
  ...['ask', 'answer'],
  ...['priority', 'tags', 'click', 'scheme', 'icon', 'image', 'actions', 'attachment', 'markdown', 'key', 'state'],
];

describe('readContent', () => {
  it('takes everything from a plain message', () => {
    expect(read({})).to.deep.include({ title: 'title', body: 'body', format: 'markdown', extra: {} });
    expect(read({})).to.deep.include({ priority: undefined, tags: [], actions: [], click: undefined, key: undefined });
  });

  it('reads the fields that extras name, and leaves the rest', () => {
    const content = read({
      order: 7,
      markdown: 'off',
      priority: 'high',
      tags: 'warning, disk',
      scheme: 'https://example.org/',
      icon: '/icon.png',
      image: 'https://example.org/i.png',
      actions: [{ action: 'copy', label: 'Code', text: '42' }],
      attachment: { url: 'https://example.org/f', name: 'f', size: 3, more: true },
      key: 9,
      state: 'firing',
      expires: 1795968000,
    });
    expect(content).to.deep.include({
      format: 'plain',
      priority: 4,
      tags: ['warning', 'disk'],
      click: 'https://example.org/',
      icon: '/icon.png',
      image: 'https://example.org/i.png',
      actions: [{ kind: 'copy', label: 'Code', text: '42' }],
      attachment: { url: 'https://example.org/f', name: 'f', size: 3 },
      key: '9',
      state: 'firing',
      expires: 1795968000,
      extra: { order: 7 },
    });
  });

  it('reads a question, and the address of its answer only with one', () => {
    const ask = { id: 'a'.repeat(30), kind: 'choice', options: ['yes', 'no'], default: 'no', until: 5, round: 1 };
    const answer = 'https://example.org/a/token';
    expect(read({ ask, answer })).to.deep.include({ ask, answerUrl: answer, extra: {} });
    expect(read({ ask: JSON.stringify(ask), answer: '42' })).to.deep.include({ ask, extra: { answer: '42' } });
    expect(read({ answer })).to.deep.include({ ask: undefined, answerUrl: undefined, extra: { answer } });
    for (const wrong of [
      { id: 'short' },
      { kind: 'poll' },
      { until: '5' },
      { until: -1 },
      { options: ['yes'] },
      { options: ['yes', 'yes'] },
      { options: ['yes', ''] },
      { options: ['yes', 'x'.repeat(41)] },
      { options: ['yes', ' no'] },
      { options: ['1', '2', '3', '4', '5', '6'] },
      { options: { length: 2 } },
    ]) {
      expect(read({ ask: { ...ask, ...wrong } }).ask, JSON.stringify(wrong)).to.equal(undefined);
    }
    expect(writeContent({ ...read({ ask, answer }) }).extra).to.deep.equal({ ask, answer });
  });

  it('leaves what it cannot read among the extras', () => {
    const extra = { priority: 'asap', tags: {}, click: 'javascript:1', key: [], state: 'unsure', markdown: null };
    const content = read(extra);
    expect(content.extra).to.deep.equal(extra);
    expect(content).to.deep.include({ priority: undefined, tags: [], click: undefined, key: undefined });
    expect(content).to.deep.include({ state: undefined, format: 'markdown' });
  });

  it('never throws, and writes back what it was given', () => {
    for (const value of HOSTILE) {
      const extra = Object.fromEntries(FIELDS.map((field) => [field, value]));
      expect(writeContent(read(extra)).extra).to.equal(extra);
    }
  });

  it('does not read fields from a prototype', () => {
    expect(read(JSON.parse('{"__proto__":{"priority":5}}'))).to.include({ priority: undefined });
    expect(read(Object.create({ priority: 5 }))).to.include({ priority: undefined });
  });
});

describe('writeContent', () => {
  it('gives the body back that content was read from', () => {
    const body = { text: 'a', desp: 'b', extra: { tags: 'x,y', priority: '4' } };
    expect(writeContent(readContent(body))).to.equal(body);
  });

  it('writes the fields of other content as extras that are read as the same fields', () => {
    const content: Content = {
      title: 'Disk full',
      body: '/var is at 100 %',
      format: 'plain',
      priority: 5,
      tags: ['warning'],
      click: 'https://example.org/disk',
      icon: 'https://example.org/i.png',
      image: 'https://example.org/b.png',
      actions: [{ kind: 'open', label: 'Look', url: 'https://example.org/' }],
      attachment: { url: 'https://example.org/f' },
      key: 'disk',
      state: 'firing',
      expires: 1795968000,
      ask: { id: 'a'.repeat(30), kind: 'text', until: 1795968000000 },
      answerUrl: 'https://example.org/a/token',
      extra: { host: 'nas' },
    };
    const body = writeContent(content);
    expect(body).to.deep.include({ text: 'Disk full', desp: '/var is at 100 %' });
    expect({ ...readContent(JSON.parse(JSON.stringify(body))) }).to.deep.equal(content);
  });

  it('writes a changed copy, and not what the original came from', () => {
    const original = readContent({ text: 'a', desp: 'b', extra: { priority: '4', n: 1 } });
    expect(writeContent({ ...original, title: 'c' })).to.deep.equal({
      text: 'c',
      desp: 'b',
      extra: { n: 1, priority: 4 },
    });
  });

  it('has no extras for a plain text', () => {
    expect(writeContent(plainContent('hi'))).to.deep.equal({ text: 'hi', desp: '', extra: {} });
  });
});

describe('readTags', () => {
  const cases: [unknown, string[]][] = [
    ['warning,disk', ['warning', 'disk']],
    [
      ['a', 'a', 5],
      ['a', '5'],
    ],
    ['["skull","a,b"]', ['skull', 'a,b']],
    [' , ,', []],
    [{ tag: 'x' }, []],
    [Array.from({ length: 100 }, (_, n) => `t${n}`), Array.from({ length: 16 }, (_, n) => `t${n}`)],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given).slice(0, 40)}`, () => expect(readTags(given)).to.deep.equal(expected));
  }
});

describe('the format of a message', () => {
  it('is Markdown unless the sender says no', () => {
    for (const off of [0, false, '0', 'false', ' No ', 'off']) expect(read({ markdown: off }).format).to.equal('plain');
    for (const on of [1, true, undefined, null, '', 'yes', [], [0]])
      expect(read({ markdown: on }).format).to.equal('markdown');
  });
});

describe('readKey', () => {
  it('is text or a number of reasonable length', () => {
    expect([readKey('backup'), readKey(7), readKey(0)]).to.deep.equal(['backup', '7', '0']);
    for (const value of ['', 'x'.repeat(257), null, {}, [], true]) expect(readKey(value)).to.equal(undefined);
  });
});
