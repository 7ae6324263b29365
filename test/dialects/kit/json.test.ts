import { expect } from 'chai';
import { parseExact } from '../../../server/dialects/kit/json.ts';

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
