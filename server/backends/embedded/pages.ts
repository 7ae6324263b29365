// Pages of a device's deliveries, bounded in bytes. A row that cannot be read is left out, and says so.
import { isUtf8 } from 'node:buffer';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import { type IdOf, readStoredMessage } from '../../delivery/message.ts';
import type { HistoryEntry, HistoryPage, ReadBounds, WaitingDelivery, WaitingPage } from '../../delivery/ports.ts';
import type { Damage } from './damage.ts';
import type { Statements } from './statements.ts';
import { statusOf } from './statuses.ts';

/** Which deliveries of a device. */
export type PageKind = 'unsettled' | 'history' | 'recent';

/** Reads pages of a log. */
export interface Pages {
  waiting(device: number, after: number, bounds: ReadBounds): WaitingPage;
  history(kind: 'history' | 'recent', device: number, bound: number, bounds: ReadBounds): HistoryPage;
  /** One message; undefined when it is damaged or not kept. */
  message(mid: number): Message | undefined;
}

type SizeRow = [mid: number, status: number, bytes: number | null];
type MessageRow = [mid: number, text: Buffer, createdAt: number, lifetime: number, isSound: number | null];

/** A message as it is stored, which was found to be one. */
interface Stored {
  readonly mid: string;
  readonly text: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Makes the pages of a log. */
export function createPages(statements: Statements, damage: Damage, idOf: IdOf): Pages {
  function toStored([mid, text, createdAt, lifetime, isSound]: MessageRow): Stored | undefined {
    const flaw = !isUtf8(text) ? 'not UTF-8' : isSound === 1 ? undefined : 'not a message';
    if (flaw === undefined) return { mid: String(mid), text, createdAt, expiresAt: createdAt + lifetime };
    damage.found(mid, flaw);
    return undefined;
  }

  function rowsOf(mids: readonly number[]): MessageRow[] {
    return statements.messages.all([JSON.stringify(mids)]) as MessageRow[];
  }

  function readOne(mid: number): MessageRow[] {
    try {
      return rowsOf([mid]);
    } catch {
      // A page of the file is damaged. Only the messages on it are lost.
      return [];
    }
  }

  /** The messages of these mids, as far as they can be read. */
  function read(mids: readonly number[]): Map<number, Stored> {
    if (mids.length === 0) return new Map();
    let rows: MessageRow[];
    try {
      rows = rowsOf(mids);
    } catch {
      rows = mids.flatMap(readOne);
    }
    const found = new Map<number, Stored>();
    const lost = new Set(mids);
    for (const row of rows) {
      const stored = toStored(row);
      lost.delete(row[0]);
      if (stored !== undefined) found.set(row[0], stored);
    }
    for (const mid of lost) damage.found(mid, 'lost');
    return found;
  }

  function sizesOf(kind: PageKind, device: number, bound: number, limit: number): SizeRow[] {
    try {
      return statements[kind].all([bound, device, limit]) as SizeRow[];
    } catch {
      const rows = statements[`${kind}Keys`].all([bound, device, limit]) as SizeRow[];
      return rows.map(([mid, status]) => [mid, status, readOne(mid)[0]?.[1].length ?? null]);
    }
  }

  /** Sizes come first and messages second: what the bounds leave out is never read. */
  function choose(kind: PageKind, device: number, bound: number, { limit, maxBytes, atLeastOne = false }: ReadBounds) {
    const rows = sizesOf(kind, device, bound, limit + 1);
    let [count, room] = [0, maxBytes ?? Number.POSITIVE_INFINITY];
    for (const [, , bytes] of rows.slice(0, limit)) {
      if ((bytes ?? 0) > room && !(atLeastOne && count === 0)) break;
      room -= bytes ?? 0;
      count += 1;
    }
    return { rows: rows.slice(0, count), more: rows.length > count };
  }

  function statusIn([mid, code]: SizeRow): Status | undefined {
    const status = statusOf(code);
    if (status === undefined) damage.found(mid, `of an unknown status ${code}`);
    return status;
  }

  function toMessage({ text, ...stamp }: Stored): Message | undefined {
    const message = readStoredMessage(text.toString(), stamp, idOf);
    if (message === undefined) damage.found(Number(stamp.mid), 'not a message');
    return message;
  }

  return {
    waiting(device, after, bounds) {
      const { rows, more } = choose('unsettled', device, after, bounds);
      const held = new Map<number, Message>();
      for (const [mid] of rows) {
        const message = bounds.held?.(String(mid));
        if (message !== undefined) held.set(mid, message);
      }
      const stored = read(rows.map(([mid]) => mid).filter((mid) => !held.has(mid)));
      const deliveries: WaitingDelivery[] = [];
      const damaged: string[] = [];
      for (const row of rows) {
        const [mid, , bytes] = row;
        const found = stored.get(mid);
        const message = held.get(mid) ?? (found === undefined ? undefined : toMessage(found));
        const status = statusIn(row);
        if (message !== undefined && status !== undefined) {
          deliveries.push({ message, status, bytes: bytes ?? 0 });
        } else {
          damaged.push(String(mid));
        }
      }
      return { deliveries, damaged, more };
    },

    history(kind, device, bound, bounds) {
      const { rows, more } = choose(kind, device, bound, bounds);
      const stored = read(rows.map(([mid]) => mid));
      const entries: HistoryEntry[] = [];
      for (const row of rows) {
        const [found, status] = [stored.get(row[0]), statusIn(row)];
        if (found !== undefined && status !== undefined) entries.push({ ...found, status });
      }
      return { entries, last: String(rows.at(-1)?.[0] ?? bound), more };
    },

    message(mid) {
      const stored = read([mid]).get(mid);
      return stored === undefined ? undefined : toMessage(stored);
    },
  };
}
