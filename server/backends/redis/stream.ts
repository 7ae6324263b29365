// The entries of a stream: as Redis tells them, and with their fields by name.
import type { RedisConnection } from './connection.ts';
import { pairsOf } from './scan.ts';

/** An entry of a stream as Redis tells it: names and values of its fields in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[]];

/** An entry of a stream, with its fields by their names. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Partial<Record<string, string>>>;
}

/** The fields of an entry by their names. */
export function fieldsOf([, list]: RawEntry): StreamEntry['fields'] {
  return Object.fromEntries(pairsOf(list));
}

/** Reads entries behind an id, and Redis' clock in ms. @param after an id; "" for the beginning */
export async function readStream(
  { send }: Pick<RedisConnection, 'send'>,
  key: string,
  after: string,
  limit: number,
): Promise<{ readonly entries: readonly StreamEntry[]; readonly now: number }> {
  const start = after === '' ? '-' : `(${after}`;
  const [time, raw] = await Promise.all([
    send(['TIME']) as Promise<[seconds: string, micros: string]>,
    send(['XRANGE', key, start, '+', 'COUNT', String(limit)]) as Promise<RawEntry[]>,
  ]);
  const entries = raw.map((entry) => ({ id: entry[0], fields: fieldsOf(entry) }));
  return { entries, now: Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000) };
}
