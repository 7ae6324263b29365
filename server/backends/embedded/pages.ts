// Reads pages of a device's deliveries, bounded in bytes. A message that cannot be read is left out and noted as damage.
import { isUtf8 } from 'node:buffer';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import { type IdOf, isStoredMessage, readStoredMessage, type Stamp, storedMessage } from '../../delivery/message.ts';
import type { HistoryEntry, HistoryPage, ReadBounds, WaitingDelivery, WaitingPage } from '../../delivery/ports.ts';
import type { Damage } from './damage.ts';
import { isJson, MAX_PACKED_BYTES, unpack, unpackedSize, unpackText } from './packed-text.ts';
import type { Statements } from './statements.ts';
import { statusOf } from './statuses.ts';

/** Which deliveries of a device to read. */
export type PageKind = 'unsettled' | 'history' | 'recent';

/** Reads pages of a log. */
export interface Pages {
  waiting(device: number, after: number, bounds: ReadBounds): WaitingPage;
  history(kind: 'history' | 'recent', device: number, bound: number, bounds: ReadBounds): HistoryPage;
  /** Reads one message; undefined if it is damaged or not stored. */
  message(mid: number): Message | undefined;
}

/**
 * What is known of a delivery without the text of its message: `bytes` of the stored text is null where the message is
 * lost, its `first` character if it is too long to be packed, `createdAt` where it equals the mid.
 */
type Row = [
  mid: number,
  status: number,
  bytes: number | null,
  first: number | null,
  createdAt: number | null,
  lifetime: number,
];

const NO_TEXT = Buffer.alloc(0);

/** Cuts joined texts apart by their sizes and adds them to `texts`. Adds none if the sizes do not match. */
function cut(joined: Buffer, rows: readonly Row[], texts: Map<number, Buffer>): void {
  let end = 0;
  for (const [, , bytes] of rows) end += bytes ?? 0;
  if (end !== joined.length) return;
  let start = 0;
  for (const [mid, , bytes] of rows) {
    end = start + (bytes ?? 0);
    texts.set(mid, joined.subarray(start, end));
    start = end;
  }
}

function stampOf([number, , , , time, lifetime]: Row): Stamp {
  const createdAt = time ?? number;
  return { mid: String(number), createdAt, expiresAt: createdAt + lifetime };
}

/** The size of the message in JSON. */
function sizeOf([mid, , bytes, first]: Row): number {
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

/** Makes the reader of pages for a log. */
export function createPages(statements: Statements, damage: Damage, idOf: IdOf): Pages {
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
  function readRows(kind: PageKind, device: number, bound: number, limit: number, share: number) {
    try {
      const [found] = statements[kind].all([bound, device, limit, share]) as [Buffer | null, Buffer | null][];
      return { rows: JSON.parse(`[${found?.[0] ?? ''}]`) as Row[], joined: found?.[1] ?? NO_TEXT };
    } catch {
      const keys = statements[`${kind}Keys`].all([bound, device, limit]) as [mid: number, status: number][];
      const rows = keys.map(([mid, status]): Row => {
        const [text, createdAt, lifetime] = readOne(mid) ?? [undefined, null, 0];
        const first = text === undefined || text.length > MAX_PACKED_BYTES ? null : (text[0] ?? null);
        return [mid, status, text?.length ?? null, first, createdAt, lifetime];
      });
      return { rows, joined: NO_TEXT };
    }
  }

  function readTexts(rows: readonly Row[], texts: Map<number, Buffer>): void {
    try {
      const [found] = statements.joinedTexts.all([JSON.stringify(rows.map(([mid]) => mid))]) as [Buffer | null][];
      cut(found?.[0] ?? NO_TEXT, rows, texts);
    } catch {
      // A page of the database file is damaged. Read one by one, the other messages are found.
    }
    for (const [mid] of rows) {
      const text = texts.has(mid) ? undefined : readOne(mid)?.[0];
      if (text !== undefined) texts.set(mid, text);
    }
  }

  /**
   * One statement reads the sizes of all messages, and the texts of the small ones: those that are within the bound of
   * bytes even if all messages are as large. The larger ones within the bounds are read after that, the others never.
   */
  function read(kind: PageKind, device: number, bound: number, bounds: ReadBounds) {
    const limit = bounds.limit + 1;
    const share = (bounds.maxBytes ?? Number.MAX_SAFE_INTEGER) / limit;
    const { rows: found, joined } = readRows(kind, device, bound, limit, share);
    const texts = new Map<number, Buffer>();
    cut(
      joined,
      found.filter(([, , bytes]) => bytes !== null && bytes <= share),
      texts,
    );
    const rows = found.slice(0, countWithin(found, bounds));
    const held = new Map<number, Message>();
    if (bounds.held !== undefined) {
      for (const [mid] of rows) {
        const message = bounds.held(String(mid));
        if (message !== undefined) held.set(mid, message);
      }
    }
    const missing = rows.filter(([mid, , bytes]) => bytes !== null && !texts.has(mid) && !held.has(mid));
    if (missing.length > 0) readTexts(missing, texts);
    return { rows, held, texts, more: found.length > rows.length };
  }

  function statusIn([mid, code]: Row): Status | undefined {
    const status = statusOf(code);
    if (status === undefined) damage.found(mid, `of an unknown status ${code}`);
    return status;
  }

  /** The text of a message. If there is none, it is undefined and noted as damage. */
  function decode(mid: number, text: Buffer | undefined): string | undefined {
    if (text !== undefined && isUtf8(text)) return text.toString();
    damage.found(mid, text === undefined ? 'lost' : 'not UTF-8');
    return undefined;
  }

  function readPacked(text: string, stamp: Stamp): Message | undefined {
    const unpacked = unpack(text, stamp.mid);
    return unpacked && storedMessage(unpacked.wire, unpacked.json, stamp, idOf);
  }

  function toMessage(row: Row, bytes: Buffer | undefined): Message | undefined {
    const text = decode(row[0], bytes);
    if (text === undefined) return undefined;
    const stamp = stampOf(row);
    const message = isJson(text) ? readStoredMessage(text, stamp, idOf) : readPacked(text, stamp);
    if (message === undefined) damage.found(row[0], 'not a message');
    return message;
  }

  function toEntry(row: Row, text: Buffer | undefined): HistoryEntry | undefined {
    const [decoded, status] = [decode(row[0], text), statusIn(row)];
    if (text === undefined || decoded === undefined || status === undefined) return undefined;
    const { mid, createdAt, expiresAt } = stampOf(row);
    if (!isJson(decoded)) {
      const json = unpackText(decoded, mid);
      if (json !== undefined) return { mid, createdAt, expiresAt, status, text: Buffer.from(json) };
    } else if (isStoredMessage(decoded, mid)) return { mid, createdAt, expiresAt, status, text };
    damage.found(row[0], 'not a message');
    return undefined;
  }

  return {
    waiting(device, after, bounds) {
      const { rows, held, texts, more } = read('unsettled', device, after, bounds);
      const deliveries: WaitingDelivery[] = [];
      const damaged: string[] = [];
      for (const row of rows) {
        const [mid] = row;
        const message = held.get(mid) ?? toMessage(row, texts.get(mid));
        const status = statusIn(row);
        if (message !== undefined && status !== undefined) {
          deliveries.push({ message, status, bytes: sizeOf(row) });
        } else {
          damaged.push(String(mid));
        }
      }
      return { deliveries, damaged, more };
    },

    history(kind, device, bound, bounds) {
      const { rows, texts, more } = read(kind, device, bound, bounds);
      const entries: HistoryEntry[] = [];
      for (const row of rows) {
        const entry = toEntry(row, texts.get(row[0]));
        if (entry !== undefined) entries.push(entry);
      }
      return { entries, last: String(rows.at(-1)?.[0] ?? bound), more };
    },

    message(mid) {
      const [text, createdAt, lifetime] = readOne(mid) ?? [undefined, null, 0];
      return toMessage([mid, 0, null, null, createdAt, lifetime], text);
    },
  };
}
