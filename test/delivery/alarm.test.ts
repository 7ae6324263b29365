import { expect } from 'chai';
import { Alarm } from '../../server/delivery/alarm.ts';
import { fakeClock } from '../support/clock.ts';

const START = 1_700_000_000_000;

/** An alarm on a clock that can be set; notes when it rings, in ms since the start, and how far the clock was set back. */
function setUp() {
  const clock = fakeClock(START);
  let off = 0;
  const rings: [at: number, setBack: number][] = [];
  const now = () => clock.now() + off;
  const alarm = new Alarm({ ...clock, now }, (setBack) => rings.push([clock.now() - START, setBack]));
  const set = (...times: number[]) => {
    for (const time of times) alarm.set(START + time);
  };
  const turnClock = (ms: number) => {
    off += ms;
  };
  return { alarm, set, rings, turnClock, tick: clock.tick };
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
      expect(rings).to.deep.equal([[10, 0]]);
    });
  }

  it('can be set again when it has rung', async () => {
    const { set, rings, tick } = setUp();
    set(10);
    await tick(10);
    set(30);
    await tick(20);
    expect(rings).to.deep.equal([
      [10, 0],
      [30, 0],
    ]);
  });

  it('does not ring when it was cleared, and can be set to a later time then', async () => {
    const { alarm, set, rings, tick } = setUp();
    set(10);
    alarm.clear();
    set(20);
    await tick(100);
    expect(rings).to.deep.equal([[20, 0]]);
  });

  it('rings after the same wait when the clock is set back, and tells by how much', async () => {
    const { set, rings, turnClock, tick } = setUp();
    set(10);
    turnClock(-3_600_000);
    await tick(100);
    expect(rings).to.deep.equal([[10, 3_600_000]]);
  });

  it('takes a clock that is set forward for one that runs', async () => {
    const { set, rings, turnClock, tick } = setUp();
    set(10);
    turnClock(5);
    await tick(100);
    expect(rings).to.deep.equal([[10, 0]]);
  });
});
