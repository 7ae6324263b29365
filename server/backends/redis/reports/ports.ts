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

/** Runs a step until Redis has answered it. @param isOver whether no one needs it any more, so that it fails for good */
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
