// Stores the clock mark in the log, and changes the times of messages after someone set the clock.
import { z } from 'zod';
import type { ClockChange, ClockedLog, ClockMark } from '../../delivery/ports.ts';
import { readBound } from '../mid.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';
import { SPAN_KINDS, SPAN_MS } from './times.ts';

/** A message whose time is at most this many ms from the time of a change came after the change. */
const AROUND = 120_000;

const markSchema = z.object({ wall: z.number(), running: z.number(), boot: z.string(), since: z.string() });

/** Makes the part of a message log that deals with the clock. */
export function createClockMarks(
  group: GroupCommit,
  statements: Statements,
): Pick<ClockedLog, 'clockMark' | 'keepClock'> {
  /** A moved span may overlap two stretches. A span that is wider than needed only costs an extra look. */
  function moveSpans(by: number, first: number, fromKind: number): void {
    statements.moveSpans.run([Math.floor(by / SPAN_MS), first, fromKind]);
  }

  function extend(by: number, upto: number): void {
    statements.extendLives.run([by, upto]);
    moveSpans(by, 0, SPAN_KINDS.expires);
  }

  function apply(change: ClockChange): void {
    if (change.kind === 'extend') {
      extend(change.by, Number.MAX_SAFE_INTEGER);
      return;
    }
    const { by, now } = change;
    const after = readBound(change.after);
    // The clock is right now, but may have been wrong, or have stood still, when an earlier run accepted these
    // messages.
    if (by > 0) extend(by, after);
    statements.moveTimes.run([by, after, readBound(change.checked), now - AROUND, now + AROUND]);
    moveSpans(by, after + 1, SPAN_KINDS.created);
  }

  return {
    clockMark() {
      const [row] = statements.clockMark.all() as [unknown][];
      try {
        return markSchema.parse(JSON.parse(String(row?.[0]))) satisfies ClockMark;
      } catch {
        // There is no mark yet, or it is damaged. Then nothing is known about the last run, and no time changes.
        return undefined;
      }
    },
    keepClock: (mark, change) =>
      group.add(() => {
        if (change !== undefined) apply(change);
        statements.keepClockMark.run([JSON.stringify(mark)]);
      }),
  };
}
