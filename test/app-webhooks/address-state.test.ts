import { expect } from 'chai';
import { AddressState } from '../../server/app-webhooks/address-state.ts';
import { fakeClock } from '../support/clock.ts';

describe('AddressState', () => {
  function setUp() {
    const clock = fakeClock();
    let rests = 0;
    const state = new AddressState({
      clock,
      random: () => 0.5,
      rested: () => {
        rests += 1;
      },
    });
    return { clock, state, rests: () => rests };
  }

  it('is up at first, and again when an attempt finds it available', () => {
    const { state, clock } = setUp();
    expect([state.isDown, state.isResting]).to.deep.equal([false, false]);
    state.unavailable(0);
    expect([state.isDown, state.isResting, state.outage]).to.deep.equal([true, true, 1]);
    state.unavailable(0);
    expect(state.outage).to.equal(1);
    state.available();
    expect([state.isDown, state.isResting, clock.timers()]).to.deep.equal([false, false, 0]);
    state.unavailable(0);
    expect(state.outage).to.equal(2);
  });

  it('rests at most 5 s between two probes, and stays down', async () => {
    const { state, clock, rests } = setUp();
    for (let probes = 1; probes <= 10; probes += 1) {
      state.unavailable(0);
      await clock.tick(5_000);
      expect([state.isDown, state.isResting, rests()]).to.deep.equal([true, false, probes]);
    }
  });

  it('keeps a pause that the address asked for', async () => {
    const { state, clock, rests } = setUp();
    state.unavailable(60_000);
    expect(state.isRestAsked).to.equal(true);
    state.unavailable(0);
    await clock.tick(59_999);
    expect([state.isRestAsked, rests()]).to.deep.equal([true, 0]);
    await clock.tick(1);
    expect([state.isRestAsked, state.isDown, rests()]).to.deep.equal([false, true, 1]);
  });

  it('ends its pause without a word when it is closed', async () => {
    const { state, clock, rests } = setUp();
    state.unavailable(1000);
    state.close();
    await clock.tick(10_000);
    expect([clock.timers(), rests()]).to.deep.equal([0, 0]);
  });
});
