import { expect } from 'chai';
import type { Figure } from '../../../bench/benchmark.ts';
import { goalText, number, spreadText, valueText } from '../../../bench/support/format.ts';
import { cpu, memory, share } from './figures.ts';

const many: Figure = { ...memory, unit: '/s', value: { median: 12_345, low: 1, high: 20_000 } };
const plain: Figure = { ...memory, unit: '', value: { median: 2, low: 2, high: 2 }, goal: { atMost: 0 } };

describe('a figure as text', () => {
  for (const [figure, value, quartiles, goal] of [
    [share, '52 %', '49..55', '≥ 50 %'],
    [cpu, '1.25 ×', '1.10..1.30', '≤ 1.20 ×'],
    [memory, '81 MB', '', ''],
    [many, '12,300/s', '1..20,000', ''],
    [plain, '2', '', '≤ 0'],
  ] as const) {
    it(`shows ${value}`, () => {
      expect([valueText(figure), spreadText(figure), goalText(figure)]).to.deep.equal([value, quartiles, goal]);
    });
  }

  it('keeps three digits of a number', () => {
    expect([number(0.08144), number(254.4), number(1_000_000)]).to.deep.equal(['0.0814', '254', '1,000,000']);
  });
});
