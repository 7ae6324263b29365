import { expect } from 'chai';
import { idle, openEnd, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Harness, READ_AHEAD } from './harness.ts';

describe('Lane offline and online', () => {
  it('tries once, sleeps, and sends everything unsettled on waking, oldest first', async () => {
    const harness = new Harness();
    harness.transport.answer = () => ({ kind: 'offline' });
    harness.enqueue(1, 2, 3);
    await harness.clock.tick(3_600_000);
    expect(harness.transport.mids()).to.deep.equal(['1']);
    expect(harness.steps).to.deep.equal(['slept']);
    harness.transport.answer = () => ({ kind: 'accepted' });
    harness.lane.wake(true);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1', '1', '2', '3']);
  });

  it('sends what is in flight again when the receiver comes back, before what is newer', async () => {
    const harness = new Harness(new RecordingTransport({ window: 2 }));
    harness.enqueue(1, 2, 3, 4);
    harness.settle(1);
    harness.lane.sleep();
    harness.enqueue(5);
    harness.transport.clear();
    harness.lane.wake(true);
    await idle();
    harness.settle(2, 3);
    expect(harness.transport.mids()).to.deep.equal(['2', '3', '4', '5']);
  });

  it('reads nothing on waking without a backlog', async () => {
    const harness = new Harness();
    harness.lane.sleep();
    harness.lane.wake(false);
    harness.enqueue(1);
    await idle();
    expect(harness.loads).to.deep.equal([]);
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });

  it('keeps nothing of an offline receiver in memory', async () => {
    const harness = new Harness();
    harness.lane.sleep();
    harness.enqueue(...range(1, 1000));
    expect(harness.loads).to.deep.equal([]);
    harness.lane.wake(true);
    await idle();
    expect(harness.loads).to.deep.equal([{ after: 0, limit: READ_AHEAD }]);
  });

  it('drops the outcome of an attempt that began before it slept', async () => {
    const harness = new Harness();
    const slow = openEnd();
    harness.transport.answer = () => slow.outcome;
    harness.enqueue(1);
    harness.lane.sleep();
    harness.transport.answer = () => ({ kind: 'accepted' });
    harness.lane.wake(true);
    await idle();
    slow.end({ kind: 'offline' });
    await idle();
    harness.enqueue(2);
    expect(harness.transport.mids()).to.deep.equal(['1', '1', '2']);
  });

  it('sends nothing and arms nothing after it was closed', async () => {
    const harness = new Harness(pushTransport({ window: 2 }));
    const slow = openEnd();
    harness.transport.answer = ({ mid }) => (mid === '1' ? slow.outcome : { kind: 'retry', reason: '500' });
    harness.enqueue(1, 2);
    harness.lane.close();
    slow.end({ kind: 'retry', reason: '500' });
    await harness.clock.tick(3_600_000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
    // The second try was over.
    expect(harness.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
  });

  it('leaves no timer when it sleeps or is closed', () => {
    const harness = new Harness();
    harness.enqueue(1);
    expect(harness.clock.timers()).to.equal(1);
    harness.lane.sleep();
    expect(harness.clock.timers()).to.equal(0);
    harness.lane.wake(false);
    harness.enqueue(2);
    harness.lane.close();
    expect(harness.clock.timers()).to.equal(0);
  });

  it('leaves no timer when it finds the receiver gone between two repeats', async () => {
    const harness = new Harness();
    harness.enqueue(1);
    await harness.clock.tick(1000);
    harness.enqueue(2);
    harness.transport.answer = () => ({ kind: 'offline' });
    await harness.clock.tick(2000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
    expect(harness.clock.timers()).to.equal(0);
  });
});
