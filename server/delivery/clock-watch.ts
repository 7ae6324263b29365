// Notices when the machine's clock was set, and has the log move the times of messages along. Time to live is time that
// passed: a message that was accepted a minute ago is a minute old, even if the clock was ten days behind at that moment.
import type { Boot } from '../base/boot.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClockMark, MessageLog } from './ports.ts';

/** What the watch needs. */
export interface ClockWatchPorts {
  readonly log: Pick<MessageLog, 'lastMid' | 'clockMark' | 'keepClock'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly boot: Boot;
  readonly logger: Logger;
}

/** Watches the clock of one relay. All promises reject when the log cannot be written; what was missed is made up for. */
export interface ClockWatch {
  /** Compares the clock with what the last run has left. Before anything is judged by its age. */
  start(): Promise<void>;
  /** Compares it with the last time. */
  check(): Promise<void>;
  /** Leaves a mark for the next run. */
  stop(): Promise<void>;
}

/** A difference in ms that no clock makes by itself between two checks. */
const STEP = 5000;
/** How often a mark is kept, in ms. */
const KEEP_INTERVAL = 3_600_000;
/**
 * After a start of the machine it is unknown how long that was off. So much is believed; beyond it, the clock may have
 * been wrong before, and what waits is given the rest.
 */
const BELIEVABLE = 86_400_000;

/** Makes it. */
export function createClockWatch({ log, clock, boot, logger }: ClockWatchPorts): ClockWatch {
  let last = read(log.lastMid());
  /** The greatest mid at the last check: messages above it may have come before or after a step. */
  let checked = log.lastMid();
  let kept = Number.NEGATIVE_INFINITY;

  /** @param since messages above it came while the clock ran as it does */
  function read(since: string): ClockMark {
    return { wall: clock.now(), running: boot.running(), boot: boot.id, since };
  }

  async function keep(mark: ClockMark): Promise<void> {
    await log.keepClock(mark);
    last = mark;
    kept = mark.running;
  }

  async function compare(before: ClockMark): Promise<void> {
    const mark = read(before.since);
    const step = mark.wall - before.wall - (mark.running - before.running);
    if (Math.abs(step) < STEP) {
      last = mark;
    } else {
      logger.warn({ by: step }, 'the clock was set; the times of messages move along');
      const moved = { ...mark, since: log.lastMid() };
      await log.keepClock(moved, { kind: 'move', by: step, after: before.since, checked, now: mark.wall });
      last = moved;
      kept = moved.running;
    }
    checked = log.lastMid();
  }

  return {
    async start() {
      last = read(log.lastMid());
      const before = log.clockMark();
      if (before === undefined) {
        await keep(last);
      } else if (before.boot === boot.id && before.running <= last.running) {
        await compare(before);
        await keep(last);
      } else {
        const off = last.wall - before.wall;
        if (off <= BELIEVABLE) {
          await keep(last);
        } else {
          logger.warn({ off }, 'the relay was off for long, or the clock was wrong; what waits gets more time');
          await log.keepClock(last, { kind: 'extend', by: off - BELIEVABLE });
          kept = last.running;
        }
      }
    },
    async check() {
      await compare(last);
      if (last.running - kept >= KEEP_INTERVAL) await keep(last);
    },
    async stop() {
      await compare(last);
      await keep(last);
    },
  };
}
