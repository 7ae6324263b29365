// Which messages somebody has read, in the order in which that became known.
import type { MessageLog } from '../../delivery/ports.ts';
import type { GroupCommit } from './group-commit.ts';
import { readMid } from './mid.ts';
import type { Statements } from './statements.ts';

/** The part of a message log that this file is. */
export type ReadMarks = Pick<MessageLog, 'markRead' | 'areRead' | 'reads'>;

/** Texts that are no mids cannot name a message, so they are left out. */
function readMids(texts: readonly string[]): number[] {
  return texts.map(readMid).filter((mid) => mid !== undefined);
}

/**
 * The read marks in the tables of the log. A mark goes with its message, whichever way that goes; a message that is not
 * kept is never marked. Positions are given once, so a cursor stays good whatever was deleted before it.
 */
export function createReadMarks(group: GroupCommit, statements: Statements): ReadMarks {
  return {
    async markRead(texts) {
      const mids = readMids(texts);
      if (mids.length === 0) return [];
      return group.add(() => mids.filter((mid) => statements.markRead.run([mid]).changes > 0).map(String));
    },

    async areRead(texts) {
      const mids = readMids(texts);
      if (mids.length === 0) return new Set();
      await group.settled();
      const rows = statements.areRead.all([JSON.stringify(mids)]) as [number][];
      return new Set(rows.map(([mid]) => String(mid)));
    },

    async reads(cursor, limit) {
      if (!Number.isSafeInteger(cursor)) throw new TypeError('a cursor is an integer');
      await group.settled();
      const rows = statements.reads.all([cursor, limit]) as [number, number][];
      return { mids: rows.map(([, mid]) => String(mid)), cursor: rows.at(-1)?.[0] ?? cursor };
    },
  };
}
