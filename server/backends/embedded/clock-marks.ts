// What the log keeps of the machine's clock, and how times change when that was set.
import { z } from 'zod';
import type { ClockChange, ClockMark, MessageLog } from '../../delivery/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { readBound } from './mid.ts';
import type { Statements } from './statements.ts';
import { SPAN_KINDS, SPAN_MS } from './times.ts';

/** A message whose time is so close to the time of a change, in ms, came after it. */
const AROUND = 120_000;

const markSchema = z.object({ wall: z.number(), running: z.number(), boot: z.string(), since: z.string() });

/** The part of a message log that this file is. */
export function createClockMarks(
  group: GroupCommit,
  statements: Statements,
): Pick<MessageLog, 'clockMark' | 'keepClock'> {
  /** Spans of moved times lie in up to two stretches. What becomes wider than needed costs only a look. */
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
    // The clock that is right now may have been wrong, or stood still, while an earlier run took these.
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
        // None yet, or damaged: then nothing is known of the last run, and nothing changes.
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
