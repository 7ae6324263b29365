import { expect } from 'chai';
import { AddressQueue, type ReportOutcome, type Sending } from '../../server/app-webhooks/address-queue.ts';
import type { StoredReport } from '../../server/app-webhooks/report-store.ts';
import { fakeClock } from '../support/clock.ts';

const LIFETIME = 300_000;
const TAKEN: ReportOutcome = { kind: 'taken' };
const REFUSED: ReportOutcome = { kind: 'refused', reason: 'answered 500' };
const DOWN: ReportOutcome = { kind: 'unavailable', reason: 'ECONNREFUSED' };

/** A queue whose attempts a test answers. Reports are called by their channels and a letter, such as `a+b x`. */
function setUp({ concurrency = 8, random = 0.5 } = {}) {
  const clock = fakeClock();
  const started = clock.monotonic();
  const attempts: string[] = [];
  const ended: string[] = [];
  const faults: unknown[] = [];
  const open = new Map<string, (outcome: ReportOutcome) => void>();
  let seq = 0;
  let mayBegin = true;
  /** What every attempt of a report comes to; absent: the test answers each itself. */
  const answers = new Map<string, ReportOutcome>();
  const nameOf = ({ report }: Sending) => report.request;
  const queue = new AddressQueue({
    clock,
    concurrency,
    lifetime: LIFETIME,
    random: () => random,
    mayBegin: () => mayBegin,
    attempt(sending) {
      const name = nameOf(sending);
      attempts.push(`${clock.monotonic() - started} ${name}`);
      const answer = answers.get(name);
      return answer === undefined ? new Promise((resolve) => open.set(name, resolve)) : Promise.resolve(answer);
    },
    ended: (sending, how) => void ended.push(`${how} ${nameOf(sending)}`),
    async split({ report }) {
      return report.channels.map((channel) => reportOf(`${channel} ${report.request.split(' ')[1]}`, report.app));
    },
    fault: (error) => void faults.push(error),
  });
  function reportOf(name: string, app = '1'): StoredReport {
    seq += 1;
    const channels = (name.split(' ')[0] ?? '').split('+');
    return { seq, app, address: 'x', hook: 0, request: name, channels, acceptedAt: 0, bytes: 1 };
  }
  return {
    clock,
    queue,
    /** Decides whether attempts may begin. */
    allow(begin: boolean) {
      mayBegin = begin;
      if (begin) queue.resume();
    },
    answers,
    ended,
    faults,
    /** What was tried since the last look, each with its time. */
    attempts: () => attempts.splice(0),
    /** What was tried since the last look. */
    tried: () => attempts.splice(0).map((line) => line.replace(/^\d+ /, '')),
    add(name: string, { age = 0, app = '1' } = {}) {
      queue.add({ report: reportOf(name, app), body: undefined, age });
    },
    async answer(name: string, outcome: ReportOutcome) {
      open.get(name)?.(outcome);
      await clock.tick(0);
    },
  };
}

describe('AddressQueue', () => {
  it('sends the reports of one channel one after the other, and those of others beside them', async () => {
    const { add, tried, answer, ended } = setUp();
    for (const name of ['a 1', 'a 2', 'b 1', 'c 1']) add(name);
    expect(tried()).to.deep.equal(['a 1', 'b 1', 'c 1']);
    await answer('b 1', TAKEN);
    expect(tried()).to.deep.equal([]);
    await answer('a 1', TAKEN);
    expect(tried()).to.deep.equal(['a 2']);
    expect(ended).to.deep.equal(['taken b 1', 'taken a 1']);
  });

  it('keeps channels of the same name in different apps apart', () => {
    const { add, tried } = setUp();
    add('a 1');
    add('a 1', { app: '2' });
    expect(tried()).to.have.length(2);
  });

  it('lets a refused report hold up its own channel only', async () => {
    const { add, tried, answers, clock, ended } = setUp();
    answers.set('a bad', REFUSED);
    for (const name of ['a bad', 'a 2', 'b 1']) add(name);
    for (const name of ['b 1', 'b 2', 'c 1']) answers.set(name, TAKEN);
    add('b 2');
    add('c 1');
    await clock.tick(60_000);
    expect(ended).to.include('taken c 1');
    expect(tried()).not.to.include('a 2');
    answers.set('a bad', TAKEN);
    answers.set('a 2', TAKEN);
    await clock.tick(60_000);
    expect(ended.slice(-2)).to.deep.equal(['taken a bad', 'taken a 2']);
  });

  it('has no more requests under way than it may', async () => {
    const { add, tried, answer } = setUp({ concurrency: 2 });
    for (const name of ['a 1', 'b 1', 'c 1', 'd 1']) add(name);
    expect(tried()).to.deep.equal(['a 1', 'b 1']);
    await answer('b 1', REFUSED);
    expect(tried()).to.deep.equal(['c 1']);
  });

  it('sends a report of several channels once it is the first in all of them', async () => {
    const { add, tried, answer } = setUp();
    for (const name of ['a 1', 'b 1', 'a+b+c 2', 'c 3', 'd 1']) add(name);
    expect(tried()).to.deep.equal(['a 1', 'b 1', 'd 1']);
    await answer('a 1', TAKEN);
    expect(tried()).to.deep.equal([]);
    await answer('b 1', TAKEN);
    expect(tried()).to.deep.equal(['a+b+c 2']);
    await answer('a+b+c 2', TAKEN);
    expect(tried()).to.deep.equal(['c 3']);
  });

  it('splits a report of several channels that was refused three times, in its place', async () => {
    const { add, tried, answers, clock, ended } = setUp();
    for (const name of ['a+b bad', 'a bad']) answers.set(name, REFUSED);
    for (const name of ['b bad', 'b 2']) answers.set(name, TAKEN);
    for (const name of ['a+b bad', 'a 2', 'b 2']) add(name);
    await clock.tick(1000 + 2000 + 10);
    expect(tried()).to.deep.equal(['a+b bad', 'a+b bad', 'a+b bad', 'a bad', 'b bad', 'b 2']);
    expect(ended).to.deep.equal(['taken b bad', 'taken b 2']);
    answers.set('a bad', TAKEN);
    answers.set('a 2', TAKEN);
    await clock.tick(1000);
    expect(ended.slice(2)).to.deep.equal(['taken a bad', 'taken a 2']);
  });

  it('tries again after 1, 2, 4 … s, and for the last time when the lifetime is over', async () => {
    for (const outcome of [REFUSED, DOWN]) {
      const { add, attempts, answers, clock, ended } = setUp();
      answers.set('a 1', outcome);
      add('a 1');
      await clock.tick(LIFETIME - 1);
      const times = attempts().map((line) => Number(line.split(' ')[0]));
      expect(times).to.deep.equal([0, 1, 3, 7, 15, 31, 63, 123, 183, 243].map((seconds) => seconds * 1000));
      expect(ended).to.deep.equal([]);
      await clock.tick(1);
      expect(attempts()).to.deep.equal(['300000 a 1']);
      expect(ended).to.deep.equal(['givenUp a 1']);
      await clock.tick(2 * LIFETIME);
      expect(attempts()).to.deep.equal([]);
      expect(clock.timers()).to.equal(0);
    }
  });

  it('spreads the waits from the first on', async () => {
    const { add, attempts, answers, clock } = setUp({ random: 0 });
    answers.set('a 1', REFUSED);
    add('a 1');
    await clock.tick(6000);
    expect(attempts()).to.deep.equal(['0 a 1', '750 a 1', '2250 a 1', '5250 a 1']);
  });

  it('takes an age from before a restart into account', async () => {
    const { add, attempts, answers, clock, ended } = setUp();
    answers.set('a 1', REFUSED);
    answers.set('b 1', REFUSED);
    add('a 1', { age: LIFETIME });
    add('b 1', { age: LIFETIME - 500 });
    await clock.tick(600);
    expect(attempts()).to.have.members(['0 a 1', '0 b 1', '500 b 1']);
    expect(ended).to.deep.equal(['givenUp a 1', 'givenUp b 1']);
  });

  it('lets no report that makes its server unavailable hold up a new one', async () => {
    const { add, attempts, answers, clock, ended } = setUp();
    for (let n = 0; n < 20; n += 1) {
      answers.set(`c${n} bad`, DOWN);
      add(`c${n} bad`);
    }
    await clock.tick(60_000);
    attempts();
    answers.set('good 1', TAKEN);
    add('good 1');
    await clock.tick(0);
    expect(ended).to.deep.equal(['taken good 1']);
  });

  it('gives the whole address the rest that it asks for, but no report one beyond its lifetime', async () => {
    const { add, attempts, answers, clock, ended } = setUp();
    answers.set('a 1', { ...DOWN, after: 7000 });
    add('a 1');
    await clock.tick(10);
    add('b 1');
    await clock.tick(6980);
    expect(attempts()).to.deep.equal(['0 a 1']);
    answers.set('a 1', { ...DOWN, after: 3_600_000 });
    answers.set('b 1', { ...DOWN, after: 3_600_000 });
    await clock.tick(10);
    // The new one finds out first.
    expect(attempts()).to.deep.equal(['7000 b 1']);
    await clock.tick(LIFETIME);
    expect(attempts()).to.deep.equal(['300000 a 1']);
    expect(ended).to.deep.equal(['givenUp a 1', 'givenUp b 1']);
  });

  it('finds out with one request at a time whether an address is back, and then sends all', async () => {
    const { add, tried, answer, clock, ended, answers } = setUp();
    add('a 1');
    await answer('a 1', DOWN);
    for (const name of ['b 1', 'c 1', 'd 1', 'e 1']) add(name);
    expect(tried()).to.deep.equal(['a 1', 'b 1']);
    await answer('b 1', DOWN);
    expect(tried()).to.deep.equal(['c 1']);
    for (const name of ['a 1', 'b 1', 'd 1', 'e 1']) answers.set(name, TAKEN);
    await answer('c 1', TAKEN);
    expect(ended).to.deep.equal(['taken c 1', 'taken d 1', 'taken e 1']);
    await clock.tick(2000);
    expect(ended.slice(3).sort()).to.deep.equal(['taken a 1', 'taken b 1']);
  });

  it('asks an address that is down at least every five seconds', async () => {
    const { add, attempts, answers, clock } = setUp();
    for (let n = 0; n < 100; n += 1) {
      answers.set(`c${n} 1`, DOWN);
      add(`c${n} 1`);
    }
    await clock.tick(1);
    attempts();
    await clock.tick(60_000);
    const times = attempts().map((line) => Number(line.split(' ')[0]));
    expect(times.length).to.be.within(12, 20);
    for (const [n, time] of times.slice(1).entries()) expect(time - (times[n] ?? 0)).to.be.at.most(5000);
  });

  it('gives up what it accepted and kept in one outage without a request for each', async () => {
    const { add, tried, answers, clock, ended } = setUp();
    const names = ['a 1', ...Array.from({ length: 300 }, (_, n) => `c${n} 1`)];
    for (const name of names) answers.set(name, DOWN);
    add('a 1');
    await clock.tick(1);
    for (const name of names.slice(1)) add(name);
    await clock.tick(LIFETIME - 1);
    expect(new Set(tried())).to.have.property('size', 301);
    await clock.tick(1);
    expect(ended).to.have.length(301);
    expect(tried().length).to.be.at.most(2);
  });

  it('begins nothing while it may not, and goes on in order', async () => {
    const { add, allow, tried, answer, ended, clock } = setUp();
    add('a 1');
    allow(false);
    for (const name of ['a 2', 'b 1']) add(name);
    await answer('a 1', TAKEN);
    await clock.tick(LIFETIME);
    expect([tried(), ended]).to.deep.equal([['a 1'], ['taken a 1']]);
    allow(true);
    expect(tried().sort()).to.deep.equal(['a 2', 'b 1']);
  });

  it('drops the reports of an app, and lets others move up', async () => {
    const { add, queue, tried, answer, ended, clock } = setUp({ concurrency: 1 });
    add('a 1', { app: 'gone' });
    add('a 2', { app: 'gone' });
    add('a 1');
    expect(queue.drop(({ app }) => app === 'gone')).to.have.length(2);
    expect(queue.size).to.equal(1);
    expect(tried()).to.deep.equal(['a 1']);
    await answer('a 1', TAKEN);
    expect(tried()).to.deep.equal(['a 1']);
    await answer('a 1', TAKEN);
    expect(ended).to.deep.equal(['taken a 1']);
    expect(clock.timers()).to.equal(0);
  });

  it('starts nothing while it drains, and waits for what is under way', async () => {
    const { add, queue, tried, answer, ended, clock } = setUp();
    for (const name of ['a 1', 'a 2', 'b 1']) add(name);
    tried();
    let drained = false;
    const draining = queue.drain().then(() => {
      drained = true;
    });
    add('c 1');
    await answer('a 1', TAKEN);
    expect([drained, tried()]).to.deep.equal([false, []]);
    await answer('b 1', REFUSED);
    await draining;
    expect(ended).to.deep.equal(['taken a 1']);
    queue.close();
    expect(clock.timers()).to.equal(0);
  });

  it('is drained at once when nothing is under way', async () => {
    await setUp().queue.drain();
  });

  it('reports a bug of its owner and goes on', async () => {
    const { add, queue, faults, ended, tried, answer } = setUp({ concurrency: 1 });
    ended.push = () => {
      throw new Error('a bug');
    };
    add('a 1');
    add('b 1');
    await answer('a 1', TAKEN);
    expect(faults).to.have.length(1);
    expect(tried()).to.deep.equal(['a 1', 'b 1']);
    expect(queue.size).to.equal(1);
  });
});
