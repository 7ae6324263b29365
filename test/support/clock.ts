// Time that a test moves by hand.
import { createClock, type Clock as FakeTimers } from '@sinonjs/fake-timers';
import type { Clock } from '../../server/base/clock.ts';

/** A clock port over fake timers; it stands still until `tick` is called. */
export interface FakeClock extends Clock {
  /** Moves time on by so many ms; promises settle between the timers. */
  tick(ms: number): Promise<void>;
  /** How many timers are armed. */
  timers(): number;
}

/** A clock that starts at a real time, so that ids and dates look as they do in use. */
export function fakeClock(start = Date.now()): FakeClock {
  const timers: FakeTimers = createClock(start);
  return {
    now: () => timers.now,
    setTimeout: (run, ms) => timers.setTimeout(run, ms),
    clearTimeout: (timer) => timers.clearTimeout(timer as never),
    async tick(ms) {
      await timers.tickAsync(ms);
    },
    timers: () => timers.countTimers(),
  };
}
