import { expect } from 'chai';
import { isObject, parseObject } from '../../shared/object.ts';

describe('isObject', () => {
  for (const value of [{}, { a: 1 }, Object.create(null), JSON.parse('{"__proto__": 1}')]) {
    it(`takes ${JSON.stringify(value)}`, () => {
      expect(isObject(value)).to.equal(true);
    });
  }
  for (const value of [null, undefined, [], [{}], '', 'text', 0, 1, true, () => {}]) {
    it(`refuses ${JSON.stringify(value) ?? typeof value}`, () => {
      expect(isObject(value)).to.equal(false);
    });
  }
});

describe('parseObject', () => {
  it('gives the object of a text', () => {
    expect(parseObject(' {"a": [1]} ')).to.deep.equal({ a: [1] });
  });
  for (const text of ['', '{', '{"a":1}}', '[]', 'null', '"text"', '1', '\ufeff{}', '['.repeat(100_000)]) {
    it(`gives nothing for ${JSON.stringify(text.slice(0, 20))}`, () => {
      expect(parseObject(text)).to.equal(undefined);
    });
  }
});
