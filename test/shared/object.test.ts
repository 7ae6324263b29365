import { expect } from 'chai';
import { isObject } from '../../shared/object.ts';

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
