// The hooks section of the config: how reports to apps are sent. The hooks themselves are settings of each app.
import { z } from 'zod';
import { duration, whole } from '../config/config-fields.ts';

const MIB = 2 ** 20;

/** Schema of the `hooks` section. */
export const hooksConfig = z
  .strictObject({
    concurrency: whole(
      'The most requests under way to one address; reports of one channel go one after the other.',
      8,
      1,
      256,
    ),
    timeout: duration('Longest time in ms that one request may take.', 10_000, 100),
    lifetime: duration('How long in ms the relay tries to deliver a report.', 300_000, 1000),
    maxQueued: whole('Reports that may wait for one address.', 10_000, 1, 1_000_000),
    maxQueuedBytes: whole('Bytes of reports that may wait for one address.', 64 * MIB, MIB, 1024 * MIB),
    maxBuffered: whole(
      'Bytes of waiting reports that are kept in memory; the rest is read from disk.',
      16 * MIB,
      0,
      1024 * MIB,
    ),
  })
  .prefault({})
  .describe('Reports to the webhooks of apps.');

/** The hooks section, durations in ms, sizes in bytes. */
export type HooksConfig = z.output<typeof hooksConfig>;
