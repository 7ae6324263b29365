import { expect } from 'chai';
import { readPriority } from '../../shared/priority.ts';

describe('readPriority', () => {
  const cases: [given: unknown, expected: number | undefined][] = [
    [1, 1],
    ['5', 5],
    [' 3 ', 3],
    ['low', 2],
    ['default', 3],
    ['High', 4],
    ['min', 1],
    ['urgent', 5],
    ['lowest', 1],
    ['normal', 3],
    ['max', 5],
    [0, undefined],
    [6, undefined],
    [2.5, undefined],
    ['33', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    [null, undefined],
    [undefined, undefined],
    [[3], undefined],
    [{ toString: () => '3' }, undefined],
    [true, undefined],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given)} as ${expected}`, () => expect(readPriority(given)).to.equal(expected));
  }
});
