import { expect } from 'chai';
import { readSince } from '../../server/cli/since.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

describe('readSince', () => {
  it('returns a mid unchanged', () => {
    expect(readSince('1795298858174', NOW)).to.equal('1795298858174');
    expect(readSince('0', NOW)).to.equal('0');
  });

  const times: [given: string, time: number][] = [
    ['2026-01-31T09:00Z', Date.UTC(2026, 0, 31, 9)],
    ['2026-01-31T09:00:30.5+01:00', Date.UTC(2026, 0, 31, 8, 0, 30, 500)],
    ['2026-01-31', new Date(2026, 0, 31).getTime()],
    ['2026-01-31 09:00', new Date(2026, 0, 31, 9).getTime()],
    ['2h', NOW - 7_200_000],
    ['1d12h', NOW - 129_600_000],
    ['1.5h', NOW - 5_400_000],
    ['90m', NOW - 5_400_000],
    ['500ms', NOW - 500],
    ['2w', NOW - 14 * 86_400_000],
  ];
  for (const [given, time] of times) {
    it(`takes ${given} with the message of that very moment`, () => {
      expect(readSince(given, NOW)).to.equal(String(time - 1));
    });
  }

  it('goes back no further than the first message', () => expect(readSince('5000w', NOW)).to.equal('0'));

  const wrong = [
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-30',
    '2026-01-31T25:00',
    '2h ',
    'h',
    '-2h',
    '1e3h',
    '2 h',
    '1h2',
    '12345678901234567890',
    `${'9'.repeat(400)}h`,
  ];
  for (const given of wrong) {
    it(`refuses ${JSON.stringify(given.slice(0, 30))}`, () => expect(readSince(given, NOW)).to.equal(undefined));
  }
});
