import { expect } from 'chai';
import { readJsonText } from '../../server/config/json.ts';

describe('readJsonText', () => {
  for (const text of ['{}', ' [1, -2.5e+3, "a\\u00e9\\n", true, null] ', '"x"', '\uFEFF{"a":{"b":[]}}\n']) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(readJsonText(text)).to.deep.equal({ value: JSON.parse(text.replace('\uFEFF', '')) });
    });
  }

  const broken: [text: string, line: number, column: number][] = [
    ['', 1, 1],
    ['\n  ', 2, 3],
    ['{', 1, 2],
    ['{"a"', 1, 5],
    ['{"a":}', 1, 6],
    ['{"a":1,}', 1, 8],
    ['{"a":1\n"b":2}', 2, 1],
    ["{'a':1}", 1, 2],
    ['{a:1}', 1, 2],
    ['[1,]', 1, 4],
    ['[,1]', 1, 2],
    ['[1 2]', 1, 4],
    ['[1}', 1, 3],
    ['{"a":1]', 1, 7],
    ['{]', 1, 2],
    ['{} {}', 1, 4],
    ['01', 1, 1],
    ['[1.]', 1, 2],
    ['tru', 1, 1],
    ['nulls', 1, 1],
    ['NaN', 1, 1],
    ['{"a": "x\ny"}', 1, 7],
    ['["\\x"]', 1, 2],
    ['// comment\n{}', 1, 1],
    ['{"a":1\r\n,,}', 2, 2],
    ['\u00a0{}', 1, 1],
  ];
  for (const [text, line, column] of broken) {
    it(`finds the mistake in ${JSON.stringify(text)}`, () => {
      expect(() => JSON.parse(text)).to.throw();
      expect(readJsonText(text)).to.deep.equal({ problem: { line, column } });
    });
  }

  it('finds it in a large text and deep down', () => {
    expect(readJsonText(`${'['.repeat(300_000)}x`)).to.deep.equal({ problem: { line: 1, column: 300_001 } });
    expect(readJsonText(`["${'\\n'.repeat(400_000)}"`)).to.deep.equal({ problem: { line: 1, column: 800_004 } });
    expect(readJsonText(`${'[\n1,\n'.repeat(100_000)}`)).to.deep.equal({ problem: { line: 200_001, column: 1 } });
  });
});
