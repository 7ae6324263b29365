import { expect } from 'chai';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Documents } from '../../server/messages/documents.ts';
import { createSchedule, type DueJob, type Schedule } from '../../server/messages/schedule.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const HOUR = 3_600_000;

interface Node {
  readonly schedule: Schedule;
  /** Ids of the jobs that it ran. */
  readonly ran: string[];
  /** The last job that it ran. */
  last(): DueJob<{ every?: number }> | undefined;
}

/** A node whose jobs come again after `every` ms. */
function node(
  clock: FakeClock,
  documents: Documents,
  owns: (job: string) => boolean = () => true,
  maxJobs = 100,
  boot = { id: 'a boot', running: clock.monotonic },
): Node {
  const { logger } = recordingLogger();
  const ownership = { ...soleOwner, owns };
  const config = { grace: HOUR, maxJobs, maxJobsPerSender: 2 };
  const schedule = createSchedule({ documents, ownership, clock, boot, logger, config });
  const ran: string[] = [];
  let last: DueJob<{ every?: number }> | undefined;
  schedule.register<{ every?: number }>('test', async (job) => {
    ran.push(job.id);
    last = job;
    const { every } = job.payload;
    return every === undefined ? undefined : { dueAt: clock.now() + every, payload: job.payload };
  });
  onCleanup(() => schedule.close());
  return { schedule, ran, last: () => last };
}

function setUp() {
  const clock = fakeClock();
  const documents = memoryDocuments(clock.now);
  const job = (id: string, ms: number, payload: { every?: number } = {}) => ({
    id,
    kind: 'test',
    dueAt: clock.now() + ms,
    payload,
  });
  return { clock, documents, job };
}

describe('createSchedule', () => {
  it('runs the job of a device on the node that owns the device', async () => {
    const { clock, documents } = setUp();
    const nodes = ['phone', 'tablet'].map((device) => node(clock, documents, (name) => name === device));
    for (const { schedule, ran } of nodes) {
      const run = async (job: { readonly id: string }) => {
        ran.push(job.id);
        return undefined;
      };
      schedule.register('device', run, (id) => id.slice(3));
      schedule.start();
    }
    const [one] = nodes;
    for (const name of ['phone', 'tablet']) {
      await one?.schedule.put({ id: `of ${name}`, kind: 'device', dueAt: clock.now() + 10, payload: {} });
    }
    await clock.tick(10);
    await eventually('both are run', () => nodes.flatMap(({ ran }) => ran).length === 2);
    expect(nodes.map(({ ran }) => ran)).to.deep.equal([['of phone'], ['of tablet']]);
  });

  it('runs a job when it is due, once', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    schedule.start();
    await schedule.put(job('a', 90_000));
    await clock.tick(89_000);
    expect(ran).to.deep.equal([]);
    await clock.tick(2000);
    expect(ran).to.deep.equal(['a']);
    await clock.tick(HOUR);
    expect(ran).to.deep.equal(['a']);
    expect(await schedule.get('a')).to.equal(undefined);
  });

  it('runs a recurring job again', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    schedule.start();
    await schedule.put(job('a', 10_000, { every: 10_000 }));
    await clock.tick(35_000);
    expect(ran).to.deep.equal(['a', 'a', 'a']);
  });

  it('runs after a restart what was due meanwhile, and says if it is later than the grace', async () => {
    const { clock, documents, job } = setUp();
    await node(clock, documents).schedule.put(job('late', HOUR));
    await clock.tick(1.5 * HOUR);
    const second = node(clock, documents);
    second.schedule.start();
    await clock.tick(0);
    expect(second.last()).to.include({ id: 'late', isMissed: false });
    await second.schedule.close();
    await second.schedule.put(job('later', HOUR));
    await clock.tick(3 * HOUR);
    const third = node(clock, documents);
    third.schedule.start();
    await clock.tick(0);
    expect(third.last()).to.include({ id: 'later', isMissed: true });
  });

  it('runs each job on the node that owns it', async () => {
    const { clock, documents, job } = setUp();
    const nodes = ['1', '2'].map((end) => node(clock, documents, (id) => id.endsWith(end)));
    for (const { schedule } of nodes) schedule.start();
    for (const id of ['a1', 'a2', 'b1', 'b2']) await nodes[0]?.schedule.put(job(id, 1000));
    await clock.tick(HOUR);
    expect(nodes.map(({ ran }) => ran.sort())).to.deep.equal([
      ['a1', 'b1'],
      ['a2', 'b2'],
    ]);
  });

  it('runs nothing twice when the clock is set back, and soon when it is set forward', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    schedule.start();
    await schedule.put(job('a', 10_000, { every: HOUR }));
    await clock.tick(11_000);
    clock.step(-HOUR / 2);
    await clock.tick(HOUR);
    expect(ran).to.deep.equal(['a']);
    clock.step(HOUR);
    await clock.tick(31_000);
    expect(ran).to.deep.equal(['a', 'a']);
  });

  it('runs a job again that failed, without holding up others', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    let fails = true;
    schedule.register('broken', async () => {
      if (fails) throw new Error('the disk is full');
      ran.push('broken');
      return undefined;
    });
    schedule.start();
    await schedule.put({ ...job('x', 1000), kind: 'broken' });
    await schedule.put(job('a', 2000));
    await clock.tick(3000);
    expect(ran).to.deep.equal(['a']);
    fails = false;
    await clock.tick(6000);
    expect(ran).to.deep.equal(['a', 'broken']);
  });

  it('rests longer after each failure, and not at all once the job is changed', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents);
    const tries: number[] = [];
    schedule.register('broken', async () => {
      tries.push(Math.round((clock.monotonic() - 5000) / 1000));
      throw new Error('it cannot be sent');
    });
    schedule.start();
    await schedule.put({ ...job('x', 0), kind: 'broken' });
    await clock.tick(40_000);
    expect(tries).to.deep.equal([0, 5, 15, 35]);
    await schedule.put({ ...job('x', 0), kind: 'broken' });
    await clock.tick(1000);
    expect(tries.slice(4)).to.deep.equal([40]);
    await clock.tick(24 * HOUR);
    expect(tries.length, 'every ten minutes in the end').to.be.within(144, 155);
  });

  it('runs other jobs while one takes long, and many at once', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents, undefined, 1000);
    let finish = () => {};
    const finished = new Promise<undefined>((resolve) => {
      finish = () => resolve(undefined);
    });
    schedule.register('slow', () => finished);
    schedule.start();
    await schedule.put({ ...job('slow', 1000), kind: 'slow' });
    const ids = Array.from({ length: 250 }, (_, n) => `job ${n}`);
    for (const id of ids) await schedule.put(job(id, 2000));
    await clock.tick(3000);
    expect(ran.sort()).to.deep.equal(ids.sort());
    const closing = schedule.close();
    finish();
    await closing;
    expect(await schedule.get('slow')).to.equal(undefined);
  });

  it('leaves jobs of a kind that it does not know', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    schedule.start();
    await schedule.put({ ...job('new', 1000), kind: 'of a later version' });
    await schedule.put(job('a', 2000));
    await clock.tick(HOUR);
    expect(ran).to.deep.equal(['a']);
    expect((await schedule.get('new'))?.kind).to.equal('of a later version');
  });

  it('runs what is due after a while when that time has passed, however the clock is set', async () => {
    for (const step of [-24 * HOUR, 24 * HOUR]) {
      const { clock, documents, job } = setUp();
      const { schedule, ran, last } = node(clock, documents);
      schedule.start();
      await schedule.put({ ...job('in an hour', HOUR), elapses: true });
      await schedule.put(job('at a time', HOUR));
      clock.step(step);
      await clock.tick(HOUR - 1000);
      expect(ran).to.deep.equal(step < 0 ? [] : ['at a time']);
      await clock.tick(2000);
      expect(ran).to.include('in an hour');
      expect(last()?.late).to.be.below(1000);
      await clock.tick(25 * HOUR);
      expect(ran).to.have.length(2);
    }
  });

  it('goes by the clock for what was to elapse when the machine was started again', async () => {
    const { clock, documents, job } = setUp();
    const first = node(clock, documents);
    await first.schedule.put({ ...job('a', HOUR), elapses: true });
    const { schedule, ran } = node(clock, documents, undefined, 9, { id: 'another boot', running: () => 0 });
    schedule.start();
    await clock.tick(HOUR - 1000);
    expect(ran).to.deep.equal([]);
    await clock.tick(2000);
    expect(ran).to.deep.equal(['a']);
  });

  it('keeps what somebody changed while the job ran', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents);
    schedule.register('slow', async () => {
      await schedule.put({ ...job('a', HOUR), kind: 'slow' });
      return undefined;
    });
    schedule.start();
    await schedule.put({ ...job('a', 1000), kind: 'slow' });
    await clock.tick(2000);
    expect((await schedule.get('a'))?.dueAt).to.be.greaterThan(clock.now() + HOUR / 2);
  });

  it('cancels and replaces jobs', async () => {
    const { clock, documents, job } = setUp();
    const { schedule, ran } = node(clock, documents);
    schedule.start();
    await schedule.put(job('a', 1000));
    await schedule.put(job('b', 1000));
    expect([await schedule.cancel('a'), await schedule.cancel('a')]).to.deep.equal(['removed', 'absent']);
    expect(await schedule.put(job('b', 2000), 0)).to.equal('conflict');
    await schedule.put(job('b', 5000));
    await clock.tick(4000);
    expect(ran).to.deep.equal([]);
    await clock.tick(2000);
    expect(ran).to.deep.equal(['b']);
  });

  it('lists the jobs of a kind, the next one first', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents);
    for (const [id, ms] of [
      ['c', 3],
      ['a', 1],
      ['b', 2],
    ] as const)
      await schedule.put(job(id, ms * HOUR));
    await schedule.put({ ...job('x', 1), kind: 'other' });
    const first = await schedule.list('test', { limit: 2 });
    expect(first.jobs.map(({ id }) => id)).to.deep.equal(['a', 'b']);
    const rest = await schedule.list('test', { limit: 2, after: first.cursor });
    expect([rest.jobs.map(({ id }) => id), rest.cursor]).to.deep.equal([['c'], undefined]);
  });

  it('refuses more jobs than may wait, but not the change of one', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents, undefined, 1);
    await schedule.put(job('a', HOUR));
    expect(await rejection(schedule.put(job('b', HOUR)))).to.include({ code: 'too_many' });
    await schedule.put(job('a', 2 * HOUR));
  });

  it('refuses more jobs of one sender than may wait, and none of another', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents);
    const of = (sender: string, id: string, ms = HOUR, payload = {}) => ({ ...job(id, ms, payload), sender });
    for (const id of ['a', 'b']) await schedule.put(of('nas', id));
    const error = await rejection(schedule.put(of('nas', 'c')));
    expect(error).to.include({
      code: 'too_many',
      message: '2 of your messages are waiting (schedule.maxJobsPerSender); cancel some first',
    });
    await schedule.put(of('nas', 'a', 2 * HOUR));
    await schedule.put(of('router', 'd'));
    for (const id of ['e', 'f', 'g']) await schedule.put(job(id, HOUR));
    await schedule.cancel('b');
    await schedule.put(of('nas', 'c', HOUR, { every: HOUR }));
    schedule.start();
    await clock.tick(HOUR);
    await eventually('those that come again count still', async () => (await schedule.get('c'))?.sender === 'nas');
    expect(await rejection(schedule.put(of('nas', 'h')))).to.include({ code: 'too_many' });
  });

  it('lists the jobs of one target, also after they have run and changed', async () => {
    const { clock, documents, job } = setUp();
    const { schedule } = node(clock, documents);
    const to = (target: string, id: string, ms: number, payload = {}) => ({ ...job(id, ms, payload), target });
    await schedule.put(to('phone', 'a', 3 * HOUR));
    await schedule.put(to('phone', 'b', HOUR, { every: 5 * HOUR }));
    await schedule.put(to('tablet', 'c', 2 * HOUR));
    const ids = async (target?: string) =>
      (await schedule.list('test', { limit: 10, target })).jobs.map(({ id }) => id);
    expect([await ids('phone'), await ids('tablet'), await ids('desk')]).to.deep.equal([['b', 'a'], ['c'], []]);
    schedule.start();
    await clock.tick(HOUR);
    await eventually('it is due again later', async () => (await ids('phone')).join() === 'a,b');
    expect(await ids()).to.deep.equal(['c', 'a', 'b']);
    await schedule.cancel('a');
    expect(await ids('phone')).to.deep.equal(['b']);
  });
});
