import { expect } from 'chai';
import { RETRY_CAP, readRetryAfter } from '../../server/outbound/retry-after.ts';

const NOW = Date.UTC(2026, 10, 22, 1, 0, 0);

describe('readRetryAfter', () => {
  for (const [value, ms] of [
    ['7', 7000],
    [' 120 ', 120_000],
    ['Sun, 22 Nov 2026 01:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 01:00:30 GMT', 30_000],
    ['Sun Nov 22 01:00:30 2026', 30_000],
    ['3600', RETRY_CAP],
    ['99999999999999999999', RETRY_CAP],
    ['Mon, 22 Nov 2027 01:00:30 GMT', RETRY_CAP],
  ] as const) {
    it(`reads ${value}`, () => {
      expect(readRetryAfter(value, NOW)).to.equal(ms);
    });
  }

  for (const value of [
    undefined,
    7,
    ['7'],
    '',
    '0',
    '-5',
    '1.5',
    '7s',
    'soon',
    '2026-11-22T01:00:30Z',
    'Sun, 22 Nov 2026 01:00:30',
    'Sun, 22 Nov 2026 00:59:59 GMT',
    'Sun, 99 Nov 2026 01:00:30 GMT',
  ]) {
    it(`reads no rest from ${JSON.stringify(value)}`, () => {
      expect(readRetryAfter(value, NOW)).to.equal(undefined);
    });
  }
});
