import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { nextDue } from '../../server/messages/cron.ts';
import { workOf } from '../support/work.ts';

const due = (expression: string, after: string, tz = 'Europe/Berlin') => {
  const found = nextDue(expression, tz, Date.parse(after));
  return found === undefined ? undefined : new Date(found).toISOString();
};

describe('nextDue', () => {
  it('finds the next time in the zone', () => {
    expect(due('0 9 * * 1-5', '2026-11-27T12:00:00Z')).to.equal('2026-11-30T08:00:00.000Z');
    expect(due('@daily', '2026-11-27T12:00:00Z', 'UTC')).to.equal('2026-11-28T00:00:00.000Z');
  });

  it('finds a time after the given one, never the given one itself', () => {
    expect(due('0 9 * * *', '2026-11-30T08:00:00Z')).to.equal('2026-12-01T08:00:00.000Z');
  });

  it('runs a skipped time of day at the next valid minute', () => {
    expect(due('30 2 * * *', '2027-03-28T00:00:00Z')).to.equal('2027-03-28T01:00:00.000Z');
    expect(due('30 2,14 * * *', '2027-03-28T00:00:00Z')).to.equal('2027-03-28T01:00:00.000Z');
  });

  it('runs a doubled time of day once', () => {
    expect(due('30 2 * * *', '2027-10-30T23:00:00Z')).to.equal('2027-10-31T00:30:00.000Z');
    expect(due('30 2 * * *', '2027-10-31T00:30:00Z')).to.equal('2027-11-01T01:30:00.000Z');
  });

  it('knows at once when an expression is never due', () => {
    const never = ['0 0 31 2 *', '0 0 30-31 FEB *', '* * 31 2,4,jun,9,11 *', '*/5 */5 30,31 2-2 *'];
    const work = workOf(() => {
      for (const expression of never) expect(due(expression, '2026-11-27T12:00:00Z'), expression).to.equal(undefined);
    });
    expect(work).to.be.below(200);
  });

  it('finds a day that few months have', () => {
    expect(due('0 0 29 2 *', '2026-11-27T12:00:00Z')).to.equal('2028-02-28T23:00:00.000Z');
    expect(due('0 0 31 1-2 *', '2026-11-27T12:00:00Z')).to.equal('2027-01-30T23:00:00.000Z');
    expect(due('0 0 30 2 1', '2026-11-27T12:00:00Z'), 'or on Mondays').to.equal('2027-01-31T23:00:00.000Z');
    expect(due('0 0 L 2 *', '2026-11-27T12:00:00Z')).to.equal('2027-02-27T23:00:00.000Z');
  });

  const wrong = [
    '',
    ' ',
    '* * * *',
    '* * * * * *',
    '@reboot',
    '@never',
    'a b c d e',
    '61 * * * *',
    '2030-01-01T10:00:00',
  ];
  for (const expression of [
    ...wrong,
    '* * * * *'.repeat(100),
    '0 0 32 2 *',
    '0 0 30 13 *',
    '*/0 * * * *',
    '0 0 * * 9',
  ]) {
    it(`refuses ${JSON.stringify(expression.slice(0, 30))}`, () => {
      expect(() => due(expression, '2026-11-27T12:00:00Z')).to.throw(RelayError, /cron must be five fields/);
    });
  }
});
