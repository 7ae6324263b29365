import { expect } from 'chai';
import { loadEmoji } from '../../../../pwa/src/model/message/emoji.ts';
import { parseMessage } from '../../../../pwa/src/model/message/parse.ts';
import type { WireMessage } from '../../../../shared/message.ts';

const ARRIVED = 1_700_000_005_000;
const BASE = 'https://push.example.org/mpush/';

function parse(extra: Record<string, unknown>, message: Partial<WireMessage> = {}) {
  const body = { text: 'title', desp: 'body', extra };
  const whole: WireMessage = {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: 'cron' },
    message: body,
    mid: '1700000000000',
    ...message,
  };
  return parseMessage(whole, { accountId: 'a', read: false, pinned: true, arrivedAt: ARRIVED }, BASE);
}

/** Values that no extra expects. */
const HOSTILE: unknown[] = [
  ...[null, undefined, true, 0, -1, 1e308, Number.NaN, '', ' ', '\u0000', '[', '{', '[[[', '"', 'x'.repeat(100_000)],
  ...[
    [],
    {},
    [[]],
    [null],
    [{}],
    [[['a']]],
    { toString: null },
    { length: 3 },
    { 0: 'a', length: 1 },
    new Date(0),
    10n,
  ],
  ...[JSON.parse('{"__proto__":{"url":"https://x","action":"open"}}'), Symbol('x'), () => 'https://x', new Map()],
  '{"__proto__":{"action":"open","url":"https://evil.example"}}',
];
const KEYS = ['priority', 'tags', 'click', 'scheme', 'icon', 'image', 'actions', 'markdown', 'key'];

describe('parseMessage', () => {
  before(loadEmoji);

  it('reads every field of a plain message', () => {
    expect(parse({})).to.deep.equal({
      accountId: 'a',
      mid: '1700000000000',
      time: ARRIVED,
      title: 'title',
      body: 'body',
      markdown: true,
      sender: 'cron',
      group: undefined,
      priority: 3,
      tags: [],
      click: undefined,
      icon: undefined,
      file: undefined,
      ask: undefined,
      encrypted: false,
      image: undefined,
      actions: [],
      key: undefined,
      extra: {},
      read: false,
      pinned: true,
    });
  });

  it('shows the relay’s time once it is known', () => {
    expect(parse({}, { createdAt: 1_699_999_999_000 }).time).to.equal(1_699_999_999_000);
  });

  it('names the group of a group message', () => {
    expect(parse({}, { sendType: 'group', target: 'all' }).group).to.equal('all');
  });

  it('never throws and drops unsafe extras of any kind', () => {
    for (const value of HOSTILE) {
      const extra = Object.fromEntries(KEYS.map((key) => [key, value]));
      const { click, icon, actions, priority, tags } = parse(extra);
      expect([click, actions]).to.deep.equal([undefined, []]);
      expect(icon?.startsWith('https://push.example.org/') ?? true).to.equal(true);
      expect(priority).to.be.within(1, 5);
      expect(tags.every((tag) => typeof tag === 'string' && tag.length <= 64)).to.equal(true);
    }
  });

  it('does not read extras from a prototype', () => {
    const extra = JSON.parse('{"__proto__":{"click":"https://evil.example","priority":5}}');
    expect(parse(extra)).to.deep.include({ click: undefined, priority: 3 });
    expect(parse(Object.create({ click: 'https://evil.example' })).click).to.equal(undefined);
  });

  it('prefers click to the older scheme', () => {
    expect(parse({ scheme: 'weixin://x', click: 'https://a.example' }).click).to.equal('https://a.example');
    expect(parse({ scheme: 'weixin://x', click: 'javascript:1' }).click).to.equal('weixin://x');
  });
});

describe('the priority of a message', () => {
  const cases: [unknown, number][] = [
    ...([1, 2, 3, 4, 5].map((n) => [n, n]) as [unknown, number][]),
    ['5', 5],
    [' high ', 4],
    ['LOW', 2],
    ['min', 1],
    ['default', 3],
    ['max', 5],
    ['urgent', 5],
    ['0', 3],
    [6, 3],
    [2.5, 3],
    ['constructor', 3],
    ['__proto__', 3],
    [[5], 3],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given)} as ${expected}`, () =>
      expect(parse({ priority: given }).priority).to.equal(expected));
  }
});

describe('the tags of a message', () => {
  before(loadEmoji);

  const cases: [unknown, string[]][] = [
    ['warning,disk', ['⚠️', 'disk']],
    [':rocket:', ['🚀']],
    [
      ['tada', 'tada', '🎉', 5],
      ['🎉', '5'],
    ],
    ['["skull","a,b"]', ['💀', 'a,b']],
    [' , ,', []],
    [{ tag: 'x' }, []],
    ['constructor', ['constructor']],
    [Array.from({ length: 100 }, (_, n) => `t${n}`), Array.from({ length: 16 }, (_, n) => `t${n}`)],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given).slice(0, 40)}`, () =>
      expect(parse({ tags: given }).tags).to.deep.equal(expected));
  }
});
