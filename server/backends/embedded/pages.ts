// Reads pages of a device's deliveries, bounded in bytes. A row that cannot be read is left out and reported.
import { isUtf8 } from 'node:buffer';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import { type IdOf, readStoredMessage } from '../../delivery/message.ts';
import type { HistoryEntry, HistoryPage, ReadBounds, WaitingDelivery, WaitingPage } from '../../delivery/ports.ts';
import type { Damage } from './damage.ts';
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

type SizeRow = [mid: number, status: number, bytes: number | null];
type MessageRow = [mid: number, text: Buffer, createdAt: number, lifetime: number, isSound: number | null];

type GluedRow = [count: number, isSound: number, own: number, shortest: number, longest: number, texts: Buffer];

/** A stored message whose text was checked. */
interface Stored {
  readonly mid: string;
  readonly text: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number;
}

const OPENING = Buffer.from('{"sendType":"');

/** Whether a text begins and ends like that of a message with this mid. */
export function isMessageText(mid: number, text: Buffer): boolean {
  const closing = `,"mid":"${mid}"}`;
  return (
    text.compare(OPENING, 0, OPENING.length, 0, OPENING.length) === 0 &&
    text.toString('latin1', text.length - closing.length) === closing
  );
}

/** Makes the reader of pages for a log. */
export function createPages(statements: Statements, damage: Damage, idOf: IdOf): Pages {
  function toStored([mid, text, createdAt, lifetime, isSound]: MessageRow): Stored | undefined {
    const isMessage = isSound === 1 && isMessageText(mid, text);
    if (isMessage && isUtf8(text)) return { mid: String(mid), text, createdAt, expiresAt: createdAt + lifetime };
    damage.found(mid, isMessage ? 'not UTF-8' : 'not a message');
    return undefined;
  }

  function readOne(mid: number): MessageRow[] {
    try {
      return statements.messages.all([JSON.stringify([mid])]) as MessageRow[];
    } catch {
      // A page of the database file is damaged. Only the messages on it are lost.
      return [];
    }
  }

  /** Times and lifetimes of messages. For most of them, the time is the mid and the lifetime is the common one. */
  function timesOf(mids: readonly number[], [, , own, shortest, longest]: GluedRow): Map<number, [number, number]> {
    if (own === 0 && shortest === longest) return new Map(mids.map((mid) => [mid, [mid, longest]]));
    const rows = statements.times.all([JSON.stringify(mids)]) as [number, number, number][];
    return new Map(rows.map(([mid, createdAt, lifetime]) => [mid, [createdAt, lifetime]]));
  }

  /**
   * The messages of these rows, if none of them is damaged.
   * @param checked whether to check their texts; a caller that parses them finds damage anyway
   */
  function readGlued(rows: readonly SizeRow[], checked: boolean): Map<number, Stored> | undefined {
    const mids = rows.map(([mid]) => mid);
    const statement = checked ? statements.gluedSoundMessages : statements.gluedMessages;
    const [glued] = statement.all([JSON.stringify(mids)]) as GluedRow[];
    if (glued === undefined || glued[0] !== rows.length || glued[1] !== 1) return undefined;
    const texts = glued[5];
    if (!isUtf8(texts)) return undefined;
    const times = timesOf(mids, glued);
    const found = new Map<number, Stored>();
    let start = 0;
    for (const [mid, , bytes] of [...rows].sort(([a], [b]) => a - b)) {
      const text = texts.subarray(start, start + (bytes ?? 0));
      start += text.length;
      if (checked && !isMessageText(mid, text)) return undefined;
      const [createdAt, lifetime] = times.get(mid) ?? [mid, 0];
      found.set(mid, { mid: String(mid), text, createdAt, expiresAt: createdAt + lifetime });
    }
    return start === texts.length ? found : undefined;
  }

  /** The messages of these rows, as far as they can be read. */
  function read(rows: readonly SizeRow[], checked: boolean): Map<number, Stored> {
    if (rows.length === 0) return new Map();
    try {
      const whole = readGlued(rows, checked);
      if (whole !== undefined) return whole;
    } catch {
      // Reads them one by one, to find out which of them is damaged.
    }
    const found = new Map<number, Stored>();
    for (const [mid] of rows) {
      const [row] = readOne(mid);
      const stored = row === undefined ? undefined : toStored(row);
      if (stored !== undefined) found.set(mid, stored);
      else if (row === undefined) damage.found(mid, 'lost');
    }
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

  /** Reads the sizes first and the messages second, so that it never reads messages beyond the bounds. */
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
      const stored = read(
        rows.filter(([mid]) => !held.has(mid)),
        false,
      );
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
      const stored = read(rows, true);
      const entries: HistoryEntry[] = [];
      for (const row of rows) {
        const [found, status] = [stored.get(row[0]), statusIn(row)];
        if (found !== undefined && status !== undefined) entries.push({ ...found, status });
      }
      return { entries, last: String(rows.at(-1)?.[0] ?? bound), more };
    },

    message(mid) {
      const [row] = readOne(mid);
      if (row === undefined) damage.found(mid, 'lost');
      const stored = row === undefined ? undefined : toStored(row);
      return stored === undefined ? undefined : toMessage(stored);
    },
  };
}
