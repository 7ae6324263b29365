import { expect } from 'chai';
import { createRelayClock } from '../../server/delivery/relay-clock.ts';
import { fakeClock } from '../support/clock.ts';

describe('createRelayClock', () => {
  it('starts at the time of day, and goes on however the clock is set', async () => {
    const clock = fakeClock(1_700_000_000_000);
    const time = createRelayClock(clock);
    expect(time.now()).to.equal(1_700_000_000_000);
    clock.step(864_000_000);
    await clock.tick(1000);
    clock.step(-2 * 864_000_000);
    await clock.tick(1000);
    expect(time.now()).to.equal(1_700_000_002_000);
  });
});
