import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { readIdempotency, readOptions } from '../../server/messages/options.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-11-30T15:00:00Z');
const context = {
  now: NOW,
  maxDelay: 366 * DAY,
  resolveTarget: (target: string) => ({ sendType: 'personal' as const, target }),
};
const read = (given: Readonly<Record<string, unknown>>) => readOptions((name) => given[name], context);
/** The parameters of an emergency. An object literal with `then` would look like a promise. */
const urgent = (name: string, value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries([
    ['priority', 'emergency'],
    [name, value],
  ]);

describe('readOptions', () => {
  it('finds none in a message without them, whatever its other fields are', () => {
    expect(read({ text: 'x', id: '5', tz: 'Mars', key: 'disk' }).options).to.equal(undefined);
    expect(read({ at: '', in: null, ttl: undefined }).options).to.equal(undefined);
  });

  it('reads when a message is due', () => {
    for (const name of ['at', 'in', 'delay']) {
      expect(read({ [name]: '90m' }).options?.timing?.dueAt, name).to.equal(NOW + 90 * 60_000);
    }
    expect(read({ at: '2026-12-24T18:30', tz: 'Asia/Shanghai' }).options?.timing?.dueAt).to.equal(
      Date.parse('2026-12-24T10:30:00Z'),
    );
    expect(read({ at: NOW / 1000 + 60 }).options?.timing?.dueAt).to.equal(NOW + 60_000);
  });

  it('reads a recurring message with its zone and its name, and says what it used', () => {
    const { options, used } = read({ cron: '0 9 * * 1-5', tz: 'Europe/Berlin', id: 'standup', text: 'x' });
    expect(options?.timing).to.deep.equal({
      dueAt: Date.parse('2026-12-01T08:00:00Z'),
      given: '0 9 * * 1-5',
      cron: '0 9 * * 1-5',
      tz: 'Europe/Berlin',
      name: 'standup',
    });
    expect([...used].sort()).to.deep.equal(['cron', 'id', 'tz']);
  });

  it('reads the other options', () => {
    expect(read({ ring: 'auto' }).options?.ring).to.equal(undefined);
    expect(read({ ring: 'never' }).options?.ring).to.equal('never');
    expect(read({ quiet: 'break' }).options?.quiet).to.equal('break');
    expect(read({ ttl: 0 }).options?.ttl).to.equal(0);
    expect(read({ ttl: '90' }).options?.ttl).to.equal(90_000);
    expect(read({ ttl: '10m' }).options?.ttl).to.equal(600_000);
    expect(read({ idempotency: 'a b' }).options?.idempotency).to.equal('a b');
  });

  it('reads an emergency with the bounds of its repeats', () => {
    expect(read({ priority: 'high', retry: 1 }).options).to.equal(undefined);
    const usual = { retry: 60_000, expire: 3_600_000, escalation: [], after: 3 };
    expect(read({ priority: 'Emergency ' }).options?.emergency).to.deep.equal(usual);
    const given = { retry: 90, expire: '2h', after: '1', ...urgent('then', 'partner, hook:oncall,') };
    const { options, used } = read(given);
    expect(options?.emergency).to.deep.equal({
      retry: 90_000,
      expire: 7_200_000,
      escalation: ['partner', 'hook:oncall'].map((target) => ({ sendType: 'personal', target })),
      after: 1,
    });
    // The priority stays with the message.
    expect([...used].sort()).to.deep.equal(['after', 'expire', 'retry', 'then']);
  });

  it('refuses to escalate where targets cannot be looked up', () => {
    const given = urgent('then', 'partner');
    const { resolveTarget: _, ...bare } = context;
    expect(() => readOptions((name) => given[name], bare)).to.throw(RelayError, 'then cannot be used here');
  });

  const wrong: [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ at: 'kitchen' }, /^at must be a duration/],
    ...['29', '10s', '3h1s', '10801', 'often', '-60', '1e3'].flatMap(
      (span): [Readonly<Record<string, unknown>>, RegExp][] => [
        [{ priority: 'emergency', retry: span }, /^retry must be seconds or a duration/],
        [{ priority: 'emergency', expire: span }, /^expire must be seconds or a duration/],
      ],
    ),
    [{ priority: 'emergency', after: 0 }, /^after must be a whole number/],
    [{ priority: 'emergency', after: '101' }, /^after must be a whole number/],
    [urgent('then', 'a,b,c,d,e,f'), /^then must name at most 5/],
    [urgent('then', ['a', 'b']), /^then must be one text/],
    [{ priority: 'emergency', ring: 'never' }, /^an emergency always rings/],
    [{ in: '5' }, /^in must be a duration/],
    [{ delay: '1e9d' }, /^delay must be a duration/],
    [{ in: '0s' }, /^in must be in the future/],
    [{ at: '2020-01-01' }, /^at must be in the future/],
    [{ in: '367d' }, /^in must be at most 366 days ahead/],
    [{ at: '99999999999' }, /at most 366 days/],
    [{ at: ['1h', '2h'] }, /^at must be one text/],
    [{ quiet: 'yes' }, /^quiet must be break/],
    [{ in: { toString: 1 } }, /^in must be one text/],
    [{ in: true }, /^in must be one text/],
    [{ at: '1h', in: '2h' }, /^expected one of at, in, delay and cron/],
    [{ in: '1h', cron: '@daily' }, /^expected one of/],
    [{ cron: 'x' }, /^cron must be five fields/],
    [{ cron: '0 0 31 2 *' }, /^cron names a date that never comes/],
    [{ cron: '@daily', tz: 'Mars/X' }, /^tz must be a time zone/],
    [{ in: '1h', id: '../x' }, /^id must be 1 to 64/],
    [{ in: '1h', id: 'x'.repeat(65) }, /^id must be 1 to 64/],
    [{ in: '1h', id: '..' }, /^id must be 1 to 64/],
    [{ ring: 'loud' }, /^ring must be/],
    [{ ring: ['never'] }, /^ring must be one text/],
    [{ ttl: '-1' }, /^ttl must be/],
    [{ ttl: '1.5' }, /^ttl must be/],
    [{ ttl: '400d' }, /^ttl must be/],
    [{ ttl: 'soon' }, /^ttl must be/],
    [{ idempotency: 'x'.repeat(256) }, /^the idempotency key/],
    [{ idempotency: 'é' }, /^the idempotency key/],
  ];
  for (const [given, text] of wrong) {
    it(`refuses ${JSON.stringify(given).slice(0, 60)}`, () => expect(() => read(given)).to.throw(RelayError, text));
  }
});

describe('readIdempotency', () => {
  it('takes visible ASCII', () => {
    expect(readIdempotency('8e03978e-40d5-43e8-bc93-6894a57f9324')).to.equal('8e03978e-40d5-43e8-bc93-6894a57f9324');
    expect(() => readIdempotency('')).to.throw(RelayError);
    expect(() => readIdempotency('a\nb')).to.throw(RelayError);
  });
});
