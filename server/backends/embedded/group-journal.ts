// Makes the changes of a group in the pending rows, and writes them to the journal as one frame.
import type { Journal } from './journal.ts';
import { encodeFrame } from './journal-frames.ts';
import type { PendingRows } from './pending-rows.ts';
import type { QueuedChange } from './queued-change.ts';

/** The journal of a log, and what a group commit needs with it. */
export interface JournalPorts {
  readonly file: Journal;
  lastMid(): number;
  /** Resolves when everything that was committed to the tables before the call is on disk. */
  flushTables(): Promise<void>;
}

/**
 * A group of so many changes is large: it needs a while even on a fast disk, and many callers do not notice the way to
 * another thread.
 */
export const LARGE_GROUP = 8;

/** Writes groups to a journal, one at a time. */
export interface GroupJournal {
  /** Makes the changes of a group in memory. */
  make(group: readonly QueuedChange[], seq: number): void;
  /**
   * Writes what `make` changed.
   * @returns `unchanged` if there is nothing to write, `no room` if the frame is larger than what is left of the half
   */
  write(group: readonly QueuedChange[], seq: number, done: (error: Error | null) => void): WriteStart;
}

/** What becomes of a group. */
export type WriteStart = 'writing' | 'unchanged' | 'no room';

/** Makes the writer of a journal. */
export function createGroupJournal(rows: PendingRows, { file, lastMid }: JournalPorts): GroupJournal {
  let journalledMid = lastMid();

  return {
    make(group, seq) {
      rows.begin(seq);
      rows.prefetch(group);
      for (const change of group) change.make();
    },
    write(group, seq, done) {
      const mid = lastMid();
      const { messages, statuses } = rows.group();
      if (messages.length === 0 && statuses.length === 0 && mid === journalledMid) return 'unchanged';
      const frame = encodeFrame({ run: file.run, seq, lastMid: mid, messages, statuses });
      if (frame.length > file.room()) return 'no room';
      file.write(frame, group.length < LARGE_GROUP, (error) => {
        if (error === null) journalledMid = mid;
        done(error);
      });
      return 'writing';
    },
  };
}
