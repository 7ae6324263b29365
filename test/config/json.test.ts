import { expect } from 'chai';
import { readJsonText } from '../../server/config/json.ts';

describe('readJsonText', () => {
  for (const text of ['{}', ' [1, -2.5e+3, "a\\u00e9\\n", true, null] ', '"x"', '\uFEFF{"a":{"b":[]}}\n']) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(readJsonText(text)).to.deep.equal({ value: JSON.parse(text.replace('\uFEFF', '')) });
    });
  }

  it('reads over comments, and keeps what looks like one in a string', () => {
    expect(readJsonText('// first\n{"a": /* 1 */ 2, // last\n "b": "http://x/*y*/"}')).to.deep.equal({
      value: { a: 2, b: 'http://x/*y*/' },
    });
    expect(readJsonText('/* never closed')).to.have.property('problem');
  });

  it('reads a key called __proto__ as a plain key', () => {
    const read = readJsonText('{"__proto__": {"a": 1}}');
    expect(Object.keys((read as { value: object }).value)).to.deep.equal(['__proto__']);
  });

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
    ['01', 1, 2],
    ['[1.]', 1, 2],
    ['tru', 1, 1],
    ['nulls', 1, 1],
    ['NaN', 1, 1],
    ['{"a": "x\ny"}', 1, 7],
    ['["\\x"]', 1, 2],
    ['{"a":1\r\n,,}', 2, 2],
    ['\u00a0{}', 1, 1],
  ];
  for (const [text, line, column] of broken) {
    it(`finds the mistake in ${JSON.stringify(text)}`, () => {
      expect(() => JSON.parse(text)).to.throw();
      const isTrailingComma = text === '{"a":1,}' || text === '[1,]';
      expect(readJsonText(text)).to.deep.equal({ problem: { line, column, isTrailingComma } });
    });
  }

  it('finds a comma before a bracket, past comments', () => {
    for (const text of ['[1, /* last */ ]', '{"a": [\n1, // ]\n]}', '[1\n,\n]'])
      expect(readJsonText(text), text).to.have.nested.property('problem.isTrailingComma', true);
    for (const text of ['[1 /* , */ }', '["," }', '{"a": }'])
      expect(readJsonText(text), text).to.have.nested.property('problem.isTrailingComma', false);
  });

  it('finds it in a large text, and says where brackets are nested too deeply', () => {
    expect(readJsonText(`["${'\\n'.repeat(400_000)}"`)).to.deep.equal({
      problem: { line: 1, column: 800_004, isTrailingComma: false },
    });
    expect(readJsonText('['.repeat(300_000))).to.have.nested.property('problem.line', 1);
  });

  it('finds it behind a comment', () => {
    expect(readJsonText('// one\n/* two\n*/ {"a": x}')).to.deep.equal({
      problem: { line: 3, column: 10, isTrailingComma: false },
    });
  });
});
