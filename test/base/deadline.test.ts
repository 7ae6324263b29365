import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { createDeadline, startDeadline } from '../../server/base/deadline.ts';
import { fakeClock } from '../support/clock.ts';

describe('createDeadline', () => {
  it('lets no time pass before it begins', async () => {
    const clock = fakeClock();
    const deadline = createDeadline({ clock, timeout: 1000 });
    await clock.tick(1000);
    expect(deadline.signal.aborted).to.equal(false);
    deadline.begin();
    await clock.tick(1000);
    expect([deadline.signal.aborted, deadline.timedOut]).to.deep.equal([true, true]);
  });

  it('aborts with the signal of its caller before it begins', () => {
    const caller = new AbortController();
    const deadline = createDeadline({ clock: fakeClock(), timeout: 1000, signal: caller.signal });
    caller.abort();
    expect([deadline.signal.aborted, deadline.timedOut]).to.deep.equal([true, false]);
  });

  it('leaves nothing behind on a signal that lives on', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { signal } = new AbortController();
    const clock = fakeClock();
    const rounds = (count: number) => {
      for (let round = 0; round < count; round += 1) createDeadline({ clock, timeout: 1000, signal }).clear();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = rounds(1000);
    expect(rounds(50_000) - before).to.be.below(1_000_000);
  });
});

describe('startDeadline', () => {
  it('aborts at the end of the time', async () => {
    const clock = fakeClock();
    const deadline = startDeadline({ clock, timeout: 1000 });
    await clock.tick(999);
    expect(deadline.signal.aborted).to.equal(false);
    await clock.tick(1);
    expect(deadline.signal.aborted).to.equal(true);
    expect(deadline.timedOut).to.equal(true);
  });

  it('aborts with the signal of its caller, which is not a timeout', async () => {
    const clock = fakeClock();
    const caller = new AbortController();
    const deadline = startDeadline({ clock, timeout: 1000, signal: caller.signal });
    caller.abort();
    expect(deadline.signal.aborted).to.equal(true);
    await clock.tick(1000);
    expect(deadline.timedOut).to.equal(false);
  });

  it('is aborted at once when its caller has gone already', () => {
    const deadline = startDeadline({ clock: fakeClock(), timeout: 1000, signal: AbortSignal.abort() });
    expect(deadline.signal.aborted).to.equal(true);
    deadline.clear();
  });

  it('can be aborted by its owner', () => {
    const deadline = startDeadline({ clock: fakeClock(), timeout: 1000 });
    deadline.abort();
    expect(deadline.signal.aborted).to.equal(true);
    expect(deadline.timedOut).to.equal(false);
    deadline.clear();
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    const deadline = startDeadline({ clock, timeout: 1000, signal });
    deadline.clear();
    expect(clock.timers()).to.equal(0);
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
    await clock.tick(1000);
    expect(deadline.signal.aborted).to.equal(false);
  });
});
