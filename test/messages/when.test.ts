import { expect } from 'chai';
import { isTimeZone, ownTimeZone, readMoment, readPeriod } from '../../server/messages/when.ts';

/** A Monday, 16:00 in Berlin. */
const NOW = Date.parse('2026-11-30T15:00:00Z');
const context = { now: NOW, tz: 'Europe/Berlin' };
const read = (text: string) => {
  const found = readMoment(text, context);
  return found === undefined ? undefined : new Date(found).toISOString().replace(':00.000Z', 'Z');
};

describe('readPeriod', () => {
  const cases: [string, number | undefined][] = [
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2 hours', 7_200_000],
    ['10 mins', 600_000],
    ['5', undefined],
    ['', undefined],
    ['-5m', undefined],
    ['1y', undefined],
    ['h', undefined],
    ['9999999999s', 9_999_999_999_000],
    ['999999999999999w', undefined],
    ['10 days', 864_000_000],
    ['90sec', 90_000],
    ['1e3s', undefined],
    ['٣h', undefined],
  ];
  for (const [text, ms] of cases)
    it(`reads ${JSON.stringify(text)} as ${ms}`, () => expect(readPeriod(text)).to.equal(ms));
});

describe('readMoment', () => {
  const cases: [string, string | undefined][] = [
    ['1795395600', '2026-11-23T01:00Z'],
    ['30m', '2026-11-30T15:30Z'],
    ['in 2 hours', '2026-11-30T17:00Z'],
    ['2026-12-24T18:30', '2026-12-24T17:30Z'],
    ['2026-12-24 18:30', '2026-12-24T17:30Z'],
    ['2026-12-24T18:30:00Z', '2026-12-24T18:30Z'],
    ['2026-12-24T18:30:00.123Z', '2026-12-24T18:30Z'],
    ['2026-12-24T18:30+05:30', '2026-12-24T13:00Z'],
    ['2026-12-24T18:30-0800', '2026-12-25T02:30Z'],
    ['2026-12-24', '2026-12-23T23:00Z'],
    // Berlin skips 02:30 on this day, and has it twice on the other.
    ['2027-03-28T02:30', '2027-03-28T01:30Z'],
    ['2027-10-31T02:30', '2027-10-31T00:30Z'],
    ['tomorrow', '2026-12-01T15:00Z'],
    ['tomorrow, 10am', '2026-12-01T09:00Z'],
    ['tomorrow at 10:15', '2026-12-01T09:15Z'],
    ['8:30pm', '2026-11-30T19:30Z'],
    ['12am', '2026-11-30T23:00Z'],
    ['12pm', '2026-12-01T11:00Z'],
    ['10am', '2026-12-01T09:00Z'],
    ['Tuesday, 7am', '2026-12-01T06:00Z'],
    ['monday, 7am', '2026-12-07T06:00Z'],
    ['friday', '2026-12-04T15:00Z'],
    ['2026-02-30T10:00', undefined],
    ['0000-01-01', undefined],
    ['0099-01-01T00:00', undefined],
    ['0100-01-01', undefined],
    ['2026-13-01T10:00', undefined],
    ['2026-12-24T24:00', undefined],
    ['2026-12-24T10:60', undefined],
    ['2026-12-24T10:00+99:00', undefined],
    ['5', undefined],
    ['10', undefined],
    ['13pm', undefined],
    ['25:00', undefined],
    ['', undefined],
    ['next week', undefined],
    ['half an hour', undefined],
    ['kitchen', undefined],
    ['[object Object]', undefined],
    ['9'.repeat(400), undefined],
    [' '.repeat(10_000), undefined],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${JSON.stringify(text.slice(0, 40))} as ${expected}`, () => expect(read(text)).to.equal(expected));
  }
});

describe('isTimeZone', () => {
  it('knows the zones of this machine, and no others', () => {
    expect([ownTimeZone(), 'Asia/Shanghai', 'UTC'].map(isTimeZone)).to.deep.equal([true, true, true]);
    expect(['Mars/X', '', '../etc'].map(isTimeZone)).to.deep.equal([false, false, false]);
  });
});
