// What reports to apps work with in Redis.
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { RedisConnection } from '../connection.ts';
import { RedisError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import type { Notices } from '../notices.ts';
import type { Shards } from '../shards.ts';

/** What the stores of reports work with. */
export interface RedisReportsPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Pick<Notices, 'on' | 'onLost'>;
  readonly shards: Pick<Shards, 'owned' | 'claimOn' | 'onGained' | 'onLost'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** The most reports that wait for one address, and their bytes. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

/** Wait in ms before a step is tried again. */
const PAUSE = 200;

/** Runs a step until Redis has answered it. @param isOver whether nobody needs it any more, so that it fails for good */
export async function persist<T>(step: () => Promise<T>, isOver: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof RedisError) || isOver()) throw error;
      await pause(PAUSE);
    }
  }
}

/** An entry of a stream as Redis tells it. */
type RawEntry = readonly [id: string, fields: readonly string[]];

/** An entry of a stream, with its fields by their names. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Partial<Record<string, string>>>;
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
  return { entries: raw.map(toEntry), now: Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000) };
}

function toEntry([id, list]: RawEntry): StreamEntry {
  const fields: Partial<Record<string, string>> = {};
  for (let at = 0; at < list.length; at += 2) fields[list[at] ?? ''] = list[at + 1];
  return { id, fields };
}
