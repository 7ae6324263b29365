import { expect } from 'chai';
import { Alarm } from '../../server/delivery/alarm.ts';
import { fakeClock } from '../support/clock.ts';

/** An alarm that notes when it rings, in ms since the start. */
function setUp() {
  const clock = fakeClock();
  const start = clock.monotonic();
  const rings: number[] = [];
  const alarm = new Alarm(clock, { ring: () => rings.push(clock.monotonic() - start) });
  const set = (...times: number[]) => {
    for (const time of times) alarm.set(start + time);
  };
  return { alarm, set, rings, tick: clock.tick };
}

describe('Alarm', () => {
  for (const times of [
    [10, 20, 30],
    [30, 10, 20],
    [20, 30, 10],
  ]) {
    it(`set to ${times.join(', ')} rings once, at the earliest`, async () => {
      const { set, rings, tick } = setUp();
      set(...times);
      await tick(100);
      expect(rings).to.deep.equal([10]);
    });
  }

  it('can be set again when it has rung', async () => {
    const { set, rings, tick } = setUp();
    set(10);
    await tick(10);
    set(30);
    await tick(20);
    expect(rings).to.deep.equal([10, 30]);
  });

  it('does not ring when it was cleared, and can be set to a later time then', async () => {
    const { alarm, set, rings, tick } = setUp();
    set(10);
    alarm.clear();
    set(20);
    await tick(100);
    expect(rings).to.deep.equal([20]);
  });

  it('is not set by a time that never comes', async () => {
    const { set, rings, tick } = setUp();
    set(Number.POSITIVE_INFINITY);
    set(10);
    set(Number.POSITIVE_INFINITY);
    await tick(100);
    expect(rings).to.deep.equal([10]);
  });
});
