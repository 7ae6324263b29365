import { expect } from 'chai';
import {
  isSameMute,
  type JudgedMessage,
  judge,
  quietAt,
  type Silence,
  type Verdict,
} from '../../server/messages/quiet.ts';
import { type Content, plainContent } from '../../shared/content.ts';
import type { QuietHours } from '../../shared/quiet.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);
const BERLIN = 'Europe/Berlin';
const NIGHT: QuietHours = { from: '22:30', to: '07:00', tz: 'UTC' };

describe('quietAt', () => {
  /** A time, whether it is quiet, and when that changes. 2026-11-30 is a Monday. */
  const TABLE: readonly (readonly [what: string, quiet: QuietHours, now: string, isQuiet: boolean, until: string])[] = [
    ['before', NIGHT, '2026-11-30T22:29:59Z', false, '2026-11-30T22:30:00Z'],
    ['at the beginning', NIGHT, '2026-11-30T22:30:00Z', true, '2026-12-01T07:00:00Z'],
    ['after midnight', NIGHT, '2026-12-01T03:00:00Z', true, '2026-12-01T07:00:00Z'],
    ['at the end', NIGHT, '2026-12-01T07:00:00Z', false, '2026-12-01T22:30:00Z'],
    ['by day', { ...NIGHT, from: '12:00', to: '14:00' }, '2026-12-01T13:00Z', true, '2026-12-01T14:00:00Z'],
    ['up to midnight', { ...NIGHT, to: '24:00' }, '2026-11-30T23:00Z', true, '2026-12-01T00:00:00Z'],
    ['up to 00:00', { ...NIGHT, to: '00:00' }, '2026-11-30T23:00Z', true, '2026-12-01T00:00:00Z'],
    ['on a day', { ...NIGHT, days: ['sun'] }, '2026-11-30T03:00Z', true, '2026-11-30T07:00:00Z'],
    ['on the day after', { ...NIGHT, days: ['sun'] }, '2026-11-30T23:00Z', false, '2026-12-06T22:30:00Z'],
    [
      'over a weekend without a gap',
      { from: '00:00', to: '24:00', days: ['sat', 'sun'], tz: 'UTC' },
      '2026-12-05T10:00Z',
      true,
      '2026-12-07T00:00:00Z',
    ],
    [
      'over hours that overlap',
      { from: '20:00', to: '19:00', days: ['fri', 'sat'], tz: 'UTC' },
      '2026-12-04T21:00Z',
      true,
      '2026-12-05T19:00:00Z',
    ],
    ['in a zone', { ...NIGHT, tz: BERLIN }, '2026-11-30T21:30Z', true, '2026-12-01T06:00:00Z'],
    ['far east', { ...NIGHT, tz: 'Pacific/Auckland' }, '2026-11-30T09:30Z', true, '2026-11-30T18:00:00Z'],
    ['in a short night', { ...NIGHT, tz: BERLIN }, '2026-03-28T22:00Z', true, '2026-03-29T05:00:00Z'],
    ['in a long night', { ...NIGHT, tz: BERLIN }, '2026-10-24T21:00Z', true, '2026-10-25T06:00:00Z'],
    [
      'to a time that is skipped',
      { from: '22:00', to: '02:30', tz: BERLIN },
      '2026-03-29T00:30Z',
      true,
      '2026-03-29T01:30:00Z',
    ],
    [
      'to a time that comes twice',
      { from: '22:00', to: '02:30', tz: BERLIN },
      '2026-10-25T00:10Z',
      true,
      '2026-10-25T00:30:00Z',
    ],
    [
      'when it comes again',
      { from: '22:00', to: '02:30', tz: BERLIN },
      '2026-10-25T01:10Z',
      false,
      '2026-10-25T21:00:00Z',
    ],
    [
      'in hours that are skipped, an hour later',
      { from: '02:10', to: '02:50', tz: BERLIN },
      '2026-03-29T01:20Z',
      true,
      '2026-03-29T01:50:00Z',
    ],
  ];

  for (const [what, quiet, now, isQuiet, until] of TABLE) {
    it(`knows the hours ${what}`, () => {
      const state = quietAt(quiet, at(now));
      expect([state.isQuiet, new Date(state.until).toISOString()]).to.deep.equal([
        isQuiet,
        new Date(until).toISOString(),
      ]);
    });
  }

  it('gives the same answers from its memory, in any order', () => {
    const once: QuietHours = { ...NIGHT };
    const times = Array.from({ length: 200 }, (_, n) => at('2026-11-30T00:00Z') + ((n * 37) % 200) * (HOUR / 2));
    for (const time of times) {
      const { isQuiet, until } = quietAt(once, time);
      const fresh = quietAt({ ...NIGHT }, time);
      expect([isQuiet, until]).to.deep.equal([fresh.isQuiet, fresh.until]);
    }
  });
});

describe('judge', () => {
  const night = at('2026-12-01T03:00Z');
  const day = at('2026-12-01T12:00Z');
  const message = (content: Partial<Content> = {}, more: Partial<JudgedMessage> = {}): JudgedMessage => ({
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: 'ci' },
    content: { ...plainContent('x'), ...content },
    ...more,
  });
  const emergency = message({ ask: { id: 'a'.repeat(30), kind: 'acknowledge', until: 9e12, round: 1 } });
  const question = message({ ask: { id: 'a'.repeat(30), kind: 'choice', options: ['a', 'b'], until: 9e12 } });
  const toGroup = (target: string) => message({}, { sendType: 'group', target });
  const quiet: Silence = { quiet: NIGHT, mutes: [] };
  const letting: Silence = {
    quiet: { ...NIGHT, let: { priority: 4, groups: ['on-call'], keys: ['door'] } },
    mutes: [],
  };
  const muting = (...mutes: Silence['mutes']): Silence => ({ quiet: undefined, mutes });

  const TABLE: readonly (readonly [what: string, message: JudgedMessage, silence: Silence, at: number, Verdict])[] = [
    ['by day', message(), quiet, day, 'rings'],
    ['by night', message(), quiet, night, 'held'],
    ['without quiet hours', message(), muting(), night, 'rings'],
    ['with a high priority', message({ priority: 5 }), quiet, night, 'held'],
    ['with a priority that is let', message({ priority: 4 }), letting, night, 'rings'],
    ['with a priority below', message({ priority: 3 }), letting, night, 'held'],
    [
      'without a priority, which is 3',
      message(),
      { quiet: { ...NIGHT, let: { priority: 3 } }, mutes: [] },
      night,
      'rings',
    ],
    ['to a group that is let', toGroup('on-call'), letting, night, 'rings'],
    ['to another group', toGroup('family'), letting, night, 'held'],
    ['to a device of the name of the group', message({}, { target: 'on-call' }), letting, night, 'held'],
    ['with a key that is let', message({ key: 'door' }), letting, night, 'rings'],
    ['with another key', message({ key: 'doors' }), letting, night, 'held'],
    ['that breaks quiet hours', message({}, { breaksQuiet: true }), quiet, night, 'rings'],
    ['that is a question', question, quiet, night, 'held'],
    ['that is an emergency', emergency, quiet, night, 'rings'],
    ['from a muted sender', message(), muting({ sender: 'ci' }), day, 'muted'],
    ['from another sender', message(), muting({ sender: 'c' }), day, 'rings'],
    ['before a mute ends', message(), muting({ sender: 'ci', until: day + 1 }), day, 'muted'],
    ['when a mute has ended', message(), muting({ sender: 'ci', until: day }), day, 'rings'],
    ['to a muted group', toGroup('family'), muting({ group: 'family' }), day, 'muted'],
    ['to a muted group in another form', toGroup('café'), muting({ group: 'cafe\u0301' }), day, 'muted'],
    ['to a device of that name', message({}, { target: 'family' }), muting({ group: 'family' }), day, 'rings'],
    ['with a muted key', message({ key: 'disk' }), muting({ key: 'disk' }), day, 'muted'],
    ['without a key', message(), muting({ key: 'disk' }), day, 'rings'],
    ['that is let and muted', message({ priority: 5 }), { ...letting, mutes: [{ sender: 'ci' }] }, night, 'muted'],
    [
      'that breaks quiet hours and is muted',
      message({}, { breaksQuiet: true }),
      muting({ sender: 'ci' }),
      day,
      'muted',
    ],
    ['that is an emergency from a muted sender', emergency, muting({ sender: 'ci' }), night, 'rings'],
  ];

  for (const [what, one, silence, time, verdict] of TABLE) {
    it(`a message ${what}: ${verdict}`, () => {
      expect(judge(one, silence, time)).to.equal(verdict);
    });
  }
});

describe('isSameMute', () => {
  it('compares what is muted, and not until when', () => {
    expect(isSameMute({ key: 'a', until: 5 }, { key: 'a' })).to.equal(true);
    expect(isSameMute({ key: 'a' }, { sender: 'a' })).to.equal(false);
  });
});
