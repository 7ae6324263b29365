// Reads pages of a device's deliveries, bounded in bytes. A message that cannot be read is left out and noted as damage.
import { isUtf8 } from 'node:buffer';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import {
  entryMarks,
  type IdOf,
  isStoredMessage,
  readStoredMessage,
  type Stamp,
  splitStored,
  storedMessage,
} from '../../delivery/message.ts';
import type { HistoryEntry, HistoryPage, ReadBounds, WaitingDelivery, WaitingPage } from '../../delivery/ports.ts';
import type { Damage } from './damage.ts';
import { isJson, MAX_PACKED_BYTES, unpack, unpackedSize, unpackText } from './packed-text.ts';
import type { Statements } from './statements.ts';
import { statusOf } from './statuses.ts';

/** Which deliveries of a device to read. */
export type PageKind = 'unsettled' | HistoryKind;

/** Which messages of a device or a target to read. */
export type HistoryKind = 'history' | 'recent' | 'target' | 'targetRecent';

/** Reads pages of a log. */
export interface Pages {
  waiting(device: number, after: number, bounds: ReadBounds): WaitingPage;
  history(kind: HistoryKind, id: number, bound: number, bounds: ReadBounds): HistoryPage;
  /** Reads one message; undefined if it is damaged or not stored. */
  message(mid: number): Message | undefined;
  /** The same for one that need not be stored. */
  find(mid: number): Message | undefined;
}

/** A delivery. */
interface Row {
  readonly mid: number;
  readonly status: number;
  /** Of the stored text of its message; null where the message is lost. */
  readonly bytes: number | null;
  /** The first character of the text; null if the text is too long to be packed. */
  readonly first: number | null;
  /** Null where it equals the mid. */
  readonly createdAt: number | null;
  readonly lifetime: number;
  /** Null if it is not read yet, or cannot be read. */
  text: string | null;
}

/** The same as SQLite gives it. */
type RawRow = [
  mid: number,
  status: number,
  bytes: number | null,
  first: number | null,
  createdAt: number | null,
  lifetime: number,
  text: string | null,
];

/** By position: a pattern costs an iterator for each row, which is slow before V8 has optimized the code. */
function toRow(raw: RawRow): Row {
  return {
    mid: raw[0],
    status: raw[1],
    bytes: raw[2],
    first: raw[3],
    createdAt: raw[4],
    lifetime: raw[5],
    text: raw[6],
  };
}

/** Parses arrays that SQLite has joined. @throws Error if one of them holds a text that is not UTF-8 */
function parseJoined(joined: Buffer | null | undefined): unknown[] {
  if (joined === null || joined === undefined) return [];
  if (!isUtf8(joined)) throw new RangeError('not UTF-8');
  return JSON.parse(`[${joined.toString()}]`);
}

function stampOf(row: Row): Stamp {
  const createdAt = row.createdAt ?? row.mid;
  return { mid: String(row.mid), createdAt, expiresAt: createdAt + row.lifetime };
}

/** The size of the message in JSON. */
function sizeOf({ mid, bytes, first }: Row): number {
  return bytes === null ? 0 : unpackedSize(bytes, first, mid);
}

/** How many of the rows are within the bounds. */
function countWithin(rows: readonly Row[], { limit, maxBytes, atLeastOne = false }: ReadBounds): number {
  let [count, room] = [0, maxBytes ?? Number.POSITIVE_INFINITY];
  for (const row of rows) {
    const bytes = sizeOf(row);
    if (count === limit || (bytes > room && !(atLeastOne && count === 0))) break;
    room -= bytes;
    count += 1;
  }
  return count;
}

/** Makes the reader of pages for a log. @param remember is told the status of each delivery that waits */
export function createPages(
  statements: Statements,
  damage: Damage,
  idOf: IdOf,
  remember: (mid: number, device: number, status: number) => void,
): Pages {
  function readOne(mid: number): [text: Buffer, createdAt: number | null, lifetime: number] | undefined {
    try {
      const [found] = statements.message.all([mid]) as [Buffer, number | null, number][];
      return found;
    } catch {
      // A page of the database file is damaged. Only the messages on it are lost.
      return undefined;
    }
  }

  /** @param share texts of up to so many bytes are read with the sizes */
  function readRows(kind: PageKind, device: number, bound: number, limit: number, share: number): Row[] {
    try {
      const [found] = statements[kind].all([bound, device, limit, share]) as [Buffer | null][];
      return (parseJoined(found?.[0]) as RawRow[]).map(toRow);
    } catch {
      const keys = statements[`${kind}Keys`].all([bound, device, limit]) as [mid: number, status: number][];
      return keys.map(([mid, status]): Row => {
        const [text, createdAt, lifetime] = readOne(mid) ?? [undefined, null, 0];
        const first = text === undefined || text.length > MAX_PACKED_BYTES ? null : (text[0] ?? null);
        return { mid, status, bytes: text?.length ?? null, first, createdAt, lifetime, text: null };
      });
    }
  }

  function toOne(mid: number, found: ReturnType<typeof readOne>): Message | undefined {
    const [text, createdAt, lifetime] = found ?? [undefined, null, 0];
    return toMessage({ mid, status: 0, bytes: null, first: null, createdAt, lifetime, text: decode(mid, text) });
  }

  function readTexts(rows: readonly Row[]): void {
    const texts = new Map<number, string>();
    try {
      const [found] = statements.texts.all([JSON.stringify(rows.map(({ mid }) => mid))]) as [Buffer | null][];
      for (const [mid, text] of parseJoined(found?.[0]) as [number, string][]) texts.set(mid, text);
    } catch {
      // A page of the database file is damaged. Read one by one, the other messages are found.
    }
    for (const row of rows) row.text = texts.get(row.mid) ?? decode(row.mid, readOne(row.mid)?.[0]);
  }

  /** The text of a message; null if there is none, which is noted as damage. */
  function decode(mid: number, text: Buffer | undefined): string | null {
    if (text !== undefined && isUtf8(text)) return text.toString();
    damage.found(mid, text === undefined ? 'lost' : 'not UTF-8');
    return null;
  }

  /**
   * One statement reads the sizes of all messages, and the texts of the small ones: those that are within the bound of
   * bytes even if all messages are as large. The larger ones within the bounds are read after that, the others never.
   */
  function read(kind: PageKind, device: number, bound: number, bounds: ReadBounds) {
    const limit = bounds.limit + 1;
    const share = (bounds.maxBytes ?? Number.MAX_SAFE_INTEGER) / limit;
    const found = readRows(kind, device, bound, limit, share);
    const rows = found.slice(0, countWithin(found, bounds));
    const held = new Map<number, Message>();
    if (bounds.held !== undefined) {
      for (const { mid } of rows) {
        const message = bounds.held(String(mid));
        if (message !== undefined) held.set(mid, message);
      }
    }
    const missing = rows.filter(({ mid, text }) => text === null && !held.has(mid));
    if (missing.length > 0) readTexts(missing);
    return { rows, held, more: found.length > rows.length };
  }

  function statusIn(row: Row): Status | undefined {
    const status = statusOf(row.status);
    if (status === undefined) damage.found(row.mid, `of an unknown status ${row.status}`);
    return status;
  }

  function readPacked(text: string, stamp: Stamp): Message | undefined {
    const unpacked = unpack(text, stamp.mid);
    return unpacked && storedMessage(unpacked.wire, unpacked.json, stamp, idOf);
  }

  function toMessage(row: Row): Message | undefined {
    const { mid, text } = row;
    if (text === null) return undefined;
    const stamp = stampOf(row);
    const message = isJson(text) ? readStoredMessage(text, stamp, idOf) : readPacked(text, stamp);
    if (message === undefined) damage.found(mid, 'not a message');
    return message;
  }

  function toEntry(row: Row): HistoryEntry | undefined {
    const stored = row.text;
    const status = statusIn(row);
    if (stored === null || status === undefined) return undefined;
    const { mid, createdAt, expiresAt } = stampOf(row);
    if (!isJson(stored)) {
      const text = unpackText(stored, mid);
      if (text !== undefined) return { mid, createdAt, expiresAt, status, text };
    } else if (isStoredMessage(stored, mid)) {
      const { text, marks } = splitStored(stored);
      return { mid, createdAt, expiresAt, status, text, ...entryMarks(marks) };
    }
    damage.found(row.mid, 'not a message');
    return undefined;
  }

  return {
    waiting(device, after, bounds) {
      const { rows, held, more } = read('unsettled', device, after, bounds);
      const deliveries: WaitingDelivery[] = [];
      const damaged: string[] = [];
      for (const row of rows) {
        const { mid } = row;
        const message = held.get(mid) ?? toMessage(row);
        const status = statusIn(row);
        if (message !== undefined && status !== undefined) {
          remember(mid, device, row.status);
          deliveries.push({ message, status, bytes: sizeOf(row) });
        } else {
          damaged.push(String(mid));
        }
      }
      return { deliveries, damaged, more };
    },

    history(kind, id, bound, bounds) {
      const { rows, more } = read(kind, id, bound, bounds);
      const entries: HistoryEntry[] = [];
      for (const row of rows) {
        const entry = toEntry(row);
        if (entry !== undefined) entries.push(entry);
      }
      return { entries, last: String(rows.at(-1)?.mid ?? bound), more };
    },

    message: (mid) => toOne(mid, readOne(mid)),
    find(mid) {
      const found = readOne(mid);
      return found && toOne(mid, found);
    },
  };
}
