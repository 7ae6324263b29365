// The relay's own time: time that passed, whatever is done to the machine's clock. Deliveries grow old by it.
import type { Clock } from '../base/clock.ts';

/** Time in ms that never jumps and never goes back, so that two of its readings may be subtracted. */
export type RelayClock = Pick<Clock, 'now' | 'setTimeout' | 'clearTimeout'>;

/** Starts at the time of day, and goes on by itself from there. */
export function createRelayClock(clock: Clock): RelayClock {
  const start = clock.now() - clock.monotonic();
  return {
    now: () => start + clock.monotonic(),
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
  };
}
