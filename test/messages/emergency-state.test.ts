import { expect } from 'chai';
import {
  deliveryTimeOf,
  type EmergencyRecord,
  escalatedOf,
  isOver,
  messageOf,
  roundAfter,
  targetsOf,
  withRound,
} from '../../server/messages/emergency-state.ts';

const RECORD: EmergencyRecord = {
  sendType: 'personal',
  target: 'phone',
  from: { method: 'http', name: 'nas' },
  sender: 'key/nas',
  message: { text: 'Fire', desp: '', extra: { priority: 'emergency', colour: 'red' } },
  key: 'fire',
  tags: [],
  retry: 60_000,
  expire: 200_000,
  escalation: [
    { sendType: 'personal', target: 'partner' },
    { sendType: 'group', target: 'ops' },
  ],
  after: 2,
  until: 1_000_000,
  round: 0,
  lastAt: 0,
};
const round = (count: number, left: number) => ({ round: count, left, numbers: [] });

describe('targetsOf', () => {
  it('adds one target after each `after` rounds', () => {
    const names = [1, 2, 3, 4, 5, 6, 7].map((count) =>
      targetsOf(RECORD, count)
        .map(({ target }) => target)
        .join(' '),
    );
    expect(names).to.deep.equal([
      'phone',
      'phone',
      'phone partner',
      'phone partner',
      'phone partner ops',
      'phone partner ops',
      'phone partner ops',
    ]);
    expect([escalatedOf(RECORD, 2), escalatedOf(RECORD, 5)]).to.deep.equal([[], ['partner', 'ops']]);
  });
});

describe('roundAfter', () => {
  it('counts the time that is left, and ends', () => {
    expect(roundAfter(RECORD, round(1, 140_000), 0)).to.deep.equal({ round: 2, left: 80_000, wait: 60_000 });
    expect(roundAfter(RECORD, round(3, 60_000), 0)).to.equal(undefined);
  });

  it('keeps the pace after a small delay, and starts again after a long one', () => {
    expect(roundAfter(RECORD, round(1, 140_000), 5000)).to.deep.equal({ round: 2, left: 80_000, wait: 55_000 });
    expect(roundAfter(RECORD, round(1, 140_000), 70_000)).to.deep.equal({ round: 2, left: 10_000, wait: 60_000 });
    expect(roundAfter(RECORD, round(1, 140_000), 80_000)).to.equal(undefined);
  });
});

describe('isOver', () => {
  it('is so as soon as no time is left', () => {
    expect([isOver(round(2, 10), 9), isOver(round(2, 10), 10)]).to.deep.equal([false, true]);
  });
});

describe('messageOf', () => {
  it('adds the question to the message, and a priority that every device understands', () => {
    const given = { id: 'r', round: 2, until: 5, answer: 'https://x/a/b' };
    expect(messageOf(RECORD, given)).to.deep.equal({
      text: 'Fire',
      desp: '',
      extra: {
        priority: 5,
        colour: 'red',
        key: 'fire',
        receipt: 'r',
        ask: { id: 'r', kind: 'acknowledge', until: 5, round: 2 },
        answer: 'https://x/a/b',
      },
    });
    expect(messageOf(RECORD, { id: 'r', round: 1, until: 5 }).extra).not.to.have.property('answer');
  });
});

describe('withRound', () => {
  it('never goes back', () => {
    const second = withRound(RECORD, 2, 7);
    expect(second).to.include({ round: 2, lastAt: 7 });
    expect(withRound(second, 1, 9)).to.equal(second);
  });
});

describe('deliveryTimeOf', () => {
  it('ends a repeat when the next one comes', () => {
    expect([deliveryTimeOf(RECORD, 1), deliveryTimeOf(RECORD, 2)]).to.deep.equal([undefined, 60_000]);
  });
});
