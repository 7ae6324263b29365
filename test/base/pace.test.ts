import { expect } from 'chai';
import { createPace } from '../../server/base/pace.ts';
import { fakeClock } from '../support/clock.ts';
import { rejection } from '../support/rejection.ts';

function setUp() {
  const clock = fakeClock();
  const state = { runs: 0, fault: undefined as Error | undefined };
  const pace = createPace(
    async () => {
      state.runs += 1;
      if (state.fault !== undefined) throw state.fault;
    },
    100,
    clock,
  );
  return { clock, state, pace };
}

describe('createPace', () => {
  it('runs at once, and then at most once in the interval for all who ask', async () => {
    const { clock, state, pace } = setUp();
    await pace();
    expect(state.runs).to.equal(1);
    await clock.tick(40);
    const waiting = [pace(), pace()];
    await clock.tick(59);
    const last = pace();
    expect(state.runs).to.equal(1);
    await clock.tick(1);
    await Promise.all([...waiting, last]);
    expect(state.runs).to.equal(2);
    await clock.tick(100);
    await pace();
    expect([state.runs, clock.timers()]).to.deep.equal([3, 0]);
  });

  it('runs again for whoever asks while a run is under way', async () => {
    const { clock, state, pace } = setUp();
    const first = pace();
    const second = pace();
    await first;
    await clock.tick(100);
    await second;
    expect(state.runs).to.be.within(1, 2);
  });

  it('tells who waited that a run failed, and goes on', async () => {
    const { clock, state, pace } = setUp();
    state.fault = new Error('gone');
    expect((await rejection(pace())).message).to.equal('gone');
    state.fault = undefined;
    await clock.tick(100);
    await pace();
    expect(state.runs).to.equal(2);
  });
});
