import { expect } from 'chai';
import { createClockWatch } from '../../server/delivery/clock-watch.ts';
import type { ClockedLog, MessageLog } from '../../server/delivery/ports.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { draft, openBackend, recordingLogger } from './fixtures.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('createClockWatch', () => {
  let clock: FakeClock;
  let log: MessageLog;
  let times: ClockedLog;
  let logger: ReturnType<typeof recordingLogger>;
  /** How long the machine has run beside what the clock says of it, as one that sleeps. */
  let asleep: number;
  let bootId: string;

  beforeEach(async () => {
    clock = fakeClock();
    ({ log, times } = await openBackend(undefined, clock));
    logger = recordingLogger();
    asleep = 0;
    bootId = 'first';
  });

  function watch() {
    const boot = { id: bootId, running: () => clock.monotonic() + asleep };
    return createClockWatch({ log: times, clock, boot, logger });
  }

  /** Accepts a message now. */
  async function accept(): Promise<string> {
    const accepted = await log.accept(draft('phone'), ['phone'], 0);
    if (accepted === 'stale') throw new Error('stale');
    return accepted.message.mid;
  }

  /** How old the log takes a message for, and how long it has to live. */
  async function ageOf(mid: string): Promise<{ age: number; left: number }> {
    const found = await log.find(mid);
    if (found === undefined) throw new Error(`${mid} is not there`);
    const { createdAt, expiresAt } = found.message;
    return { age: clock.now() - createdAt, left: expiresAt - clock.now() };
  }

  it('does nothing while the clock runs, nor for one that is put right little by little', async () => {
    const one = watch();
    await one.start();
    const mid = await accept();
    for (let passed = 0; passed < 100; passed += 1) {
      await clock.tick(MINUTE);
      clock.step(500);
      await one.check();
    }
    expect(logger.warnings).to.deep.equal([]);
    expect((await ageOf(mid)).age).to.equal(100 * (MINUTE + 500));
  });

  for (const step of [10 * DAY, 50 * 365 * DAY, HOUR, -HOUR, -10 * DAY]) {
    it(`knows the age of a message after the clock was set by ${step / HOUR} h`, async () => {
      const one = watch();
      await one.start();
      const first = await accept();
      await clock.tick(10 * MINUTE);
      await one.check();
      const second = await accept();
      await clock.tick(MINUTE / 2);
      clock.step(step);
      const third = await accept();
      await clock.tick(MINUTE / 2);
      await one.check();
      expect((await ageOf(first)).age).to.equal(11 * MINUTE);
      expect((await ageOf(second)).age).to.equal(MINUTE);
      expect((await ageOf(third)).age).to.equal(MINUTE / 2);
      expect(logger.warnings).to.have.length(1);
      await clock.tick(MINUTE);
      await one.check();
      expect((await ageOf(first)).age).to.equal(12 * MINUTE);
    });
  }

  it('finds what is overdue by what passed', async () => {
    const one = watch();
    await one.start();
    clock.step(-10 * DAY);
    await one.check();
    const mid = await accept();
    clock.step(10 * DAY);
    await one.check();
    expect(await log.overdue(clock.now(), 9)).to.deep.equal([]);
    expect(await log.expire(clock.now() - 30 * DAY)).to.equal(0);
    await clock.tick(7 * DAY + 1);
    expect(await log.overdue(clock.now(), 9)).to.deep.equal([{ mid, device: 'phone', status: 'ready' }]);
    await clock.tick(24 * DAY);
    expect(await log.expire(clock.now() - 30 * DAY)).to.equal(1);
  });

  it('knows it as well when the clock was set while no relay ran', async () => {
    const one = watch();
    await one.start();
    const mid = await accept();
    await clock.tick(MINUTE);
    await one.stop();
    clock.step(10 * DAY);
    await clock.tick(HOUR);
    await watch().start();
    expect((await ageOf(mid)).age).to.equal(HOUR + MINUTE);
  });

  it('knows it after a crash', async () => {
    await watch().start();
    const mid = await accept();
    await clock.tick(MINUTE);
    clock.step(10 * DAY);
    await watch().start();
    expect((await ageOf(mid)).age).to.equal(MINUTE);
  });

  it('counts the time in which no relay ran, and in which the machine slept', async () => {
    const one = watch();
    await one.start();
    const mid = await accept();
    await one.stop();
    await clock.tick(3 * DAY);
    const other = watch();
    await other.start();
    asleep += 2 * DAY;
    clock.step(2 * DAY);
    await other.check();
    expect((await ageOf(mid)).age).to.equal(5 * DAY);
    expect(logger.warnings).to.deep.equal([]);
  });

  it('leaves the times of earlier runs alone, but gives what waits from them the time of the step', async () => {
    const one = watch();
    await one.start();
    const before = await accept();
    await one.stop();
    bootId = 'second';
    clock.step(-10 * DAY);
    const other = watch();
    await other.start();
    const after = await accept();
    clock.step(10 * DAY);
    await clock.tick(MINUTE);
    await other.check();
    expect(await ageOf(before)).to.deep.equal({ age: MINUTE, left: 17 * DAY - MINUTE });
    expect(await ageOf(after)).to.deep.equal({ age: MINUTE, left: 7 * DAY - MINUTE });
  });

  it('believes that a machine was off for a day, and no more', async () => {
    const one = watch();
    await one.start();
    const mid = await accept();
    await one.stop();
    bootId = 'second';
    clock.step(DAY);
    await watch().start();
    expect((await ageOf(mid)).left).to.equal(6 * DAY);
    bootId = 'third';
    clock.step(10 * DAY);
    await watch().start();
    expect((await ageOf(mid)).left).to.equal(5 * DAY);
    expect(await log.overdue(clock.now(), 9)).to.deep.equal([]);
    await clock.tick(5 * DAY + 1);
    expect(await log.overdue(clock.now(), 9)).to.have.length(1);
  });

  it('makes up for a change that could not be written', async () => {
    let broken = false;
    const keepClock: ClockedLog['keepClock'] = (...args) =>
      broken ? Promise.reject(new Error('disk')) : times.keepClock(...args);
    const boot = { id: bootId, running: () => clock.monotonic() };
    const one = createClockWatch({ log: { ...times, keepClock }, clock, boot, logger });
    await one.start();
    const mid = await accept();
    clock.step(10 * DAY);
    await clock.tick(MINUTE);
    broken = true;
    const [failed] = await Promise.allSettled([one.check()]);
    expect(failed?.status).to.equal('rejected');
    broken = false;
    await clock.tick(MINUTE);
    await one.check();
    expect((await ageOf(mid)).age).to.equal(2 * MINUTE);
  });
});
