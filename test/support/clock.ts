// A clock that a test moves by hand.
import { createClock, type Clock as FakeTimers } from '@sinonjs/fake-timers';
import type { Clock } from '../../server/base/clock.ts';

/** A clock port over fake timers. It stands still until `tick` is called. */
export interface FakeClock extends Clock {
  /** Moves wall time and monotonic time forward by `ms`. Promises settle between the timers. */
  tick(ms: number): Promise<void>;
  /** Sets the wall clock forward, or back if `ms` is negative. Timers and monotonic time stay as they are. */
  step(ms: number): void;
  /** How many timers are armed. */
  timers(): number;
}

/** Far from any wall time, so that code which mixes the two clocks fails its tests. */
const MONOTONIC_START = 5_000;

/** A clock that starts at a real time, so that ids and dates look as they do in use. */
export function fakeClock(start = Date.now()): FakeClock {
  const timers: FakeTimers = createClock(start);
  let stepped = 0;
  return {
    now: () => timers.now + stepped,
    monotonic: () => timers.now - start + MONOTONIC_START,
    setTimeout: (run, ms) => timers.setTimeout(run, ms),
    clearTimeout: (timer) => timers.clearTimeout(timer as never),
    async tick(ms) {
      await timers.tickAsync(ms);
    },
    step(ms) {
      stepped += ms;
    },
    timers: () => timers.countTimers(),
  };
}
