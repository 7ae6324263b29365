import { expect } from 'chai';
import { idle, openEnd, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Bench, READ_AHEAD } from './bench.ts';

describe('Lane offline and online', () => {
  it('tries once, sleeps, and sends everything unsettled on waking, oldest first', async () => {
    const bench = new Bench();
    bench.transport.answer = () => ({ kind: 'offline' });
    bench.enqueue(1, 2, 3);
    await bench.clock.tick(3_600_000);
    expect(bench.transport.mids()).to.deep.equal(['1']);
    expect(bench.steps).to.deep.equal(['slept']);
    bench.transport.answer = () => ({ kind: 'accepted' });
    bench.lane.wake(true);
    await idle();
    expect(bench.transport.mids()).to.deep.equal(['1', '1', '2', '3']);
  });

  it('sends what is in flight again when the receiver comes back, before what is newer', async () => {
    const bench = new Bench(new RecordingTransport({ window: 2 }));
    bench.enqueue(1, 2, 3, 4);
    bench.settle(1);
    bench.lane.sleep();
    bench.enqueue(5);
    bench.transport.clear();
    bench.lane.wake(true);
    await idle();
    bench.settle(2, 3);
    expect(bench.transport.mids()).to.deep.equal(['2', '3', '4', '5']);
  });

  it('reads nothing on waking without a backlog', async () => {
    const bench = new Bench();
    bench.lane.sleep();
    bench.lane.wake(false);
    bench.enqueue(1);
    await idle();
    expect(bench.loads).to.deep.equal([]);
    expect(bench.transport.mids()).to.deep.equal(['1']);
  });

  it('keeps nothing of an offline receiver in memory', async () => {
    const bench = new Bench();
    bench.lane.sleep();
    bench.enqueue(...range(1, 1000));
    expect(bench.loads).to.deep.equal([]);
    bench.lane.wake(true);
    await idle();
    expect(bench.loads).to.deep.equal([{ after: 0, limit: READ_AHEAD }]);
  });

  it('drops the outcome of an attempt that began before it slept', async () => {
    const bench = new Bench();
    const slow = openEnd();
    bench.transport.answer = () => slow.outcome;
    bench.enqueue(1);
    bench.lane.sleep();
    bench.transport.answer = () => ({ kind: 'accepted' });
    bench.lane.wake(true);
    await idle();
    slow.end({ kind: 'offline' });
    await idle();
    bench.enqueue(2);
    expect(bench.transport.mids()).to.deep.equal(['1', '1', '2']);
  });

  it('sends nothing and arms nothing after it was closed', async () => {
    const bench = new Bench(pushTransport({ window: 2 }));
    const slow = openEnd();
    bench.transport.answer = ({ mid }) => (mid === '1' ? slow.outcome : { kind: 'retry', reason: '500' });
    bench.enqueue(1, 2);
    bench.lane.close();
    slow.end({ kind: 'retry', reason: '500' });
    await bench.clock.tick(3_600_000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2']);
    expect(bench.transport.attempts.every(({ signal }) => signal.aborted)).to.equal(true);
  });

  it('leaves no timer when it sleeps or is closed, and aborts what is on its way', () => {
    const bench = new Bench();
    bench.enqueue(1);
    expect(bench.clock.timers()).to.equal(1);
    bench.lane.sleep();
    expect(bench.clock.timers()).to.equal(0);
    bench.lane.wake(false);
    bench.enqueue(2);
    bench.lane.close();
    expect(bench.clock.timers()).to.equal(0);
    expect(bench.transport.attempts[1]?.signal.aborted).to.equal(true);
  });

  it('leaves no timer when it finds the receiver gone between two repeats', async () => {
    const bench = new Bench();
    bench.enqueue(1);
    await bench.clock.tick(1000);
    bench.enqueue(2);
    bench.transport.answer = () => ({ kind: 'offline' });
    await bench.clock.tick(2000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
    expect(bench.clock.timers()).to.equal(0);
  });
});
