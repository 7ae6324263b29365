import { expect } from 'chai';
import {
  type AlertRecord,
  type AlertsConfig,
  fold,
  isOpen,
  type KeyedMessage,
} from '../../server/messages/alert-state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const config: AlertsConfig = { quietFor: 6 * HOUR, flapCount: 5, flapWindow: 10 * MINUTE };
const START = Date.parse('2026-11-30T12:00:00Z');

const message = (changes: Partial<KeyedMessage> = {}): KeyedMessage => ({
  sendType: 'personal',
  target: 'phone',
  key: 'disk',
  state: undefined,
  title: 'Disk',
  priority: 3,
  ring: undefined,
  ...changes,
});

/** Folds messages, each with its time in minutes; tells which rang, and the alert at the end. */
function run(steps: readonly (readonly [minute: number, changes?: Partial<KeyedMessage>])[]) {
  let record: AlertRecord | undefined;
  const rang: boolean[] = [];
  for (const [minute, changes] of steps) {
    const folded = fold(record, message(changes), { now: START + minute * MINUTE, lost: false, config });
    record = folded.record;
    rang.push(folded.rings);
  }
  if (record === undefined) throw new Error('expected a step');
  return { rang: rang.map((one) => (one ? '!' : '.')).join(''), record };
}

const firing = { state: 'firing' } as const;
const ok = { state: 'ok' } as const;

describe('fold', () => {
  it('rings for the first message, and is silent for repeats', () => {
    const { rang, record } = run([
      [0, firing],
      [1, firing],
      [2, firing],
    ]);
    expect(rang).to.equal('!..');
    expect(record).to.include({ state: 'firing', count: 3, since: START, lastAt: START + 2 * MINUTE });
    expect(isOpen(record)).to.equal(true);
  });

  it('takes a message without a state as firing once the key has had one', () => {
    expect(run([[0, firing], [1, ok], [2]]).rang).to.equal('!!!');
    expect(run([[0, firing], [1, ok], [2]]).record).to.include({
      state: 'firing',
      since: START + 2 * MINUTE,
      count: 1,
    });
  });

  it('folds messages of a key that never had a state, and opens nothing', () => {
    const { rang, record } = run([[0], [1], [2]]);
    expect(rang).to.equal('!..');
    expect(record.state).to.equal(undefined);
    expect(isOpen(record)).to.equal(false);
  });

  it('rings when it is resolved, and notes when', () => {
    const { rang, record } = run([
      [0, firing],
      [14, { state: 'resolved' }],
      [15, ok],
    ]);
    expect(rang).to.equal('!!.');
    expect(record).to.include({ state: 'ok', since: START, closedAt: START + 14 * MINUTE });
  });

  it('takes an ok of an alert that never fired as an ordinary message', () => {
    const { rang, record } = run([[0, ok]]);
    expect(rang).to.equal('!');
    expect(record.closedAt).to.equal(undefined);
  });

  it('leaves an alert open when there is only news about it', () => {
    const { rang, record } = run([
      [0, firing],
      [1, { state: 'info' }],
    ]);
    expect(rang).to.equal('!.');
    expect(isOpen(record)).to.equal(true);
  });

  it('rings when the priority rises above that of the last ring', () => {
    const steps = [2, 4, 3, 4, 5].map((priority, minute) => [minute, { ...firing, priority }] as const);
    expect(run(steps).rang).to.equal('!!..!');
  });

  it('rings again after it was quiet for long, whatever came meanwhile', () => {
    const hours = [0, 2, 4, 6, 6.1, 8].map((hour) => [hour * 60, firing] as const);
    expect(run(hours).rang).to.equal('!...!.');
  });

  it('rings if the clock was set back since', () => {
    expect(
      run([
        [0, firing],
        [-60, firing],
        [-59, firing],
      ]).rang,
    ).to.equal('!!.');
  });

  it('always or never rings if the sender says so', () => {
    const steps = [
      { ...firing, ring: 'never' },
      firing,
      { ...firing, ring: 'always' },
      { ...ok, ring: 'never' },
    ] as const;
    expect(run(steps.map((step, minute) => [minute, step])).rang).to.equal('.!!.');
  });

  it('rings instead of a message that may be lost', () => {
    const { record } = run([[0, firing]]);
    expect(fold(record, message(firing), { now: START + 1, lost: true, config }).rings).to.equal(true);
  });

  it('rings once when it begins to flap, and then not before it was still for one window', () => {
    const flaps = [firing, ok, firing, ok, firing, ok, firing, ok].map((step, minute) => [minute, step] as const);
    const { rang, record } = run(flaps);
    expect(rang).to.equal('!!!!!!..');
    expect(record.flapping).to.equal(true);
    // 9 minutes after the last change it is not still yet; this change begins the window again.
    expect(run([...flaps, [16, firing], [25, ok], [36, firing]]).rang).to.equal('!!!!!!....!');
    expect(run([...flaps, [18, ok]]).record.flapping).to.equal(undefined);
  });

  it('keeps its size, however many messages come', () => {
    const many = Array.from({ length: 1000 }, (_, index) => [index / 60, index % 2 === 0 ? firing : ok] as const);
    const { record } = run(many);
    expect(record.changes).to.have.length(config.flapCount);
    expect(JSON.stringify(record).length).to.be.below(500);
  });

  it('keeps the title of the last message that had one', () => {
    expect(
      run([
        [0, firing],
        [1, { ...ok, title: '' }],
      ]).record.title,
    ).to.equal('Disk');
    expect(run([[0, { title: '' }]]).record.title).to.equal('disk');
  });
});
