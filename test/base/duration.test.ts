import { expect } from 'chai';
import { durationText, readDuration } from '../../server/base/duration.ts';

describe('readDuration', () => {
  const durations: [text: string, ms: number][] = [
    ['0s', 0],
    ['250ms', 250],
    ['90m', 5_400_000],
    ['1d12h', 129_600_000],
    ['1.5h', 5_400_000],
    ['2w', 1_209_600_000],
    ['1h1h', 7_200_000],
  ];
  for (const [text, ms] of durations) {
    it(`reads ${text}`, () => {
      expect(readDuration(text)).to.equal(ms);
    });
  }

  for (const text of [
    '',
    '5',
    's',
    '-1h',
    '1 h',
    '1H',
    '1y',
    '1h ',
    '1e3s',
    '.5h',
    '1.h',
    `${'9'.repeat(16)}s`,
    '１h',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(readDuration(text)).to.equal(undefined);
    });
  }
});

describe('durationText', () => {
  for (const text of ['0s', '250ms', '10s', '1m30s', '1h30m', '1d', '1d12h', '21d']) {
    it(`writes ${text}`, () => {
      expect(durationText(readDuration(text) ?? Number.NaN)).to.equal(text);
    });
  }
});
