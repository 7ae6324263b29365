// Which messages were read, in the order in which they were marked.
import type { MessageLog } from '../../../delivery/ports.ts';
import { readMid } from '../../mid.ts';
import { scripts } from '../scripts.ts';
import type { LogPorts } from './ports.ts';

/** Makes the read marks. A message that is not stored is never marked, and a mark is deleted with its message. */
export function createReadMarks({ connection, keys }: LogPorts): Pick<MessageLog, 'markRead' | 'areRead' | 'reads'> {
  const isMid = (text: string) => readMid(text) !== undefined;
  return {
    async markRead(texts) {
      const mids = texts.filter(isMid);
      // A log that is closed refuses even what would change nothing.
      return (await connection.runScript(scripts.read, [keys.log, keys.read, keys.readNumber], mids)) as string[];
    },

    async areRead(texts) {
      const mids = texts.filter(isMid);
      if (mids.length === 0) return new Set();
      const marks = (await connection.send(['ZMSCORE', keys.read, ...mids])) as (number | null)[];
      return new Set(mids.filter((_mid, index) => marks[index] !== null));
    },

    async reads(cursor, limit) {
      if (!Number.isSafeInteger(cursor)) throw new TypeError('a cursor is an integer');
      const range = [`(${cursor}`, '+inf', 'WITHSCORES', 'LIMIT', '0', String(limit)];
      const marked = (await connection.send(['ZRANGEBYSCORE', keys.read, ...range])) as [string, number][];
      return { mids: marked.map(([mid]) => mid), cursor: marked.at(-1)?.[1] ?? cursor };
    },
  };
}
