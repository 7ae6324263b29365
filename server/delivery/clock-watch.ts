// Notices when someone set the machine's clock, and makes the log move the times of its messages by the same amount.
// Messages age by the time that passes: one that was accepted a minute ago is a minute old, even if the clock was ten
// days behind at that moment.
import type { Boot } from '../base/boot.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClockedLog, ClockMark } from './ports.ts';

/** What the watch needs. */
export interface ClockWatchPorts {
  readonly log: ClockedLog;
  readonly clock: Pick<Clock, 'now'>;
  readonly boot: Boot;
  readonly logger: Logger;
}

/** Watches the clock of one relay. Promises reject if the log cannot be written; the next call then makes up for it. */
export interface ClockWatch {
  /** Compares the clock with the mark of the last run. Call it before anything depends on the age of messages. */
  start(): Promise<void>;
  /** Compares the clock with the last reading. */
  check(): Promise<void>;
  /** Stores a mark for the next run. */
  stop(): Promise<void>;
}

/** A difference in ms that is too large for the drift of a clock between two checks. */
const STEP = 5000;
/** How often a mark is stored, in ms. */
const KEEP_INTERVAL = 3_600_000;
/**
 * After a restart of the machine, only its wall clock says how long it was off. Up to this many ms, the relay believes
 * the clock. Any longer, the clock may have been wrong before, so the messages that wait live longer by the rest.
 */
const BELIEVABLE = 86_400_000;

/** Makes the clock watch of one relay. */
export function createClockWatch({ log, clock, boot, logger }: ClockWatchPorts): ClockWatch {
  let last = read(log.lastMid());
  /** The greatest mid at the last check. Messages above it may have come before or after a step of the clock. */
  let checked = log.lastMid();
  let kept = Number.NEGATIVE_INFINITY;

  /** @param since messages with a greater mid came after the last step of the clock */
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
          logger.warn(
            { off },
            'the relay was off for a long time, or the clock was wrong; messages that wait live longer',
          );
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
