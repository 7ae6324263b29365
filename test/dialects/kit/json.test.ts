import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { parseExact, parseStructure, requireSound } from '../../../server/dialects/kit/json.ts';

describe('parseExact', () => {
  const cases: readonly (readonly [text: string, value: unknown])[] = [
    ['{"order":1234567890123456789}', { order: '1234567890123456789' }],
    ['[-9007199254740993, 9007199254740992]', ['-9007199254740993', '9007199254740992']],
    ['[9007199254740991, -9007199254740991]', [9007199254740991, -9007199254740991]],
    [
      '{"a":"1234567890123456789","b":"\\"1234567890123456789"}',
      { a: '1234567890123456789', b: '"1234567890123456789' },
    ],
    ['{"1234567890123456789":1}', { '1234567890123456789': 1 }],
    ['[0.1234567890123456789, 1.5e300]', [Number('0.1234567890123456789'), 1.5e300]],
    ['[1e400, -1E+999, 1e-400]', ['1e400', '-1E+999', 0]],
    ['["\\\\",1234567890123456789]', ['\\', '1234567890123456789']],
    ['1234567890123456789', '1234567890123456789'],
    ['{"text":"hi","n":12}', { text: 'hi', n: 12 }],
  ];
  for (const [text, value] of cases) {
    it(`reads ${text}`, () => {
      expect(parseExact(text)).to.deep.equal(value);
    });
  }

  it('throws for what is no JSON, also where its digits would be text', () => {
    for (const text of ['', '{', '01234567890123456789', '[1234567890123456789', '12345678901234567890"', 'nul']) {
      expect(() => parseExact(text), text).to.throw(SyntaxError);
    }
  });

  for (const [what, piece] of [
    ['text', 'x'],
    ['line breaks', '\n'],
    ['quotes', '"'],
  ] as const) {
    it(`reads a long string of ${what} beside a large number`, () => {
      const text = piece.repeat(16 * 2 ** 20);
      const { long, number } = parseExact(
        JSON.stringify({ long: text }).replace(/}$/, ',"number":12345678901234567890}'),
      ) as {
        long: string;
        number: string;
      };
      expect([long === text, number]).to.deep.equal([true, '12345678901234567890']);
    });
  }

  it('takes no longer for quotes that never end', () => {
    expect(() => parseExact(`1234567890123456${'"\\'.repeat(100_000)}`)).to.throw(SyntaxError);
  });
});

describe('parseStructure', () => {
  it('leaves out NULs and halves of characters, and nothing else', () => {
    const text = String.raw`{"\u0000a":"\ud83d\ude00 \ud83d \\u0000 \\\udc00 \u00e9 \uDC00\uD83D"}`;
    expect(parseStructure(text)).to.deep.equal({
      '\ufffda': '\ud83d\ude00 \ufffd \\u0000 \\\ufffd \u00e9 \ufffd\ufffd',
    });
  });

  it('reads objects and arrays alone', () => {
    expect([' [1]', '{"a":1}', '1', '"a"', '{', ''].map(parseStructure)).to.deep.equal([
      [1],
      { a: 1 },
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});

describe('requireSound', () => {
  it('takes what people send', () => {
    for (const value of [undefined, null, 1, true, '\ud83d\ude00', { a: [{ b: 'c' }] }, nested(64)]) {
      expect(() => requireSound(value)).not.to.throw();
    }
  });

  for (const [what, value] of [
    ['a NUL', ['a\0']],
    ['half of a character', { a: '\ud83d' }],
    ['a name with the other half', { '\udc00': 1 }],
    ['the name of a prototype', JSON.parse('{"a":{"__proto__":{}}}')],
    ['deep nesting', nested(65)],
    ['very deep nesting', nested(5000)],
  ] as const) {
    it(`refuses ${what}`, () => expect(() => requireSound(value)).to.throw(RelayError));
  }
});

/** Arrays in each other. */
function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
}
