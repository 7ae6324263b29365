// Which messages were read, in the order in which they were marked.
import type { MessageLog } from '../../delivery/ports.ts';
import { readMid } from '../mid.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** The part of a message log with the read marks. */
export type ReadMarks = Pick<MessageLog, 'markRead' | 'areRead' | 'reads'>;

/** The mids among the texts. A text that is not a mid names no message and is left out. */
function readMids(texts: readonly string[]): number[] {
  return texts.map(readMid).filter((mid) => mid !== undefined);
}

/**
 * Makes the read marks in the tables of the log. A mark is deleted together with its message, and a message that is not
 * stored is never marked. Positions never repeat, so a cursor stays valid after marks before it are deleted.
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
