// The hooks section of the config: how reports to apps are sent. The hooks themselves are settings of each app.
import { z } from 'zod';
import { duration, whole } from '../config/config-fields.ts';

const MIB = 2 ** 20;

/** Schema of the `hooks` section. */
export const hooksConfig = z
  .strictObject({
    concurrency: whole(
      'How many requests may be under way to one address. Reports of one channel go one after the other.',
      8,
      1,
      256,
    ),
    timeout: duration('How long such a request may take.', 10_000, 100),
    lifetime: duration('How long the relay tries a refused report again.', 300_000, 1000),
    maxQueued: whole(
      'How many reports may wait for one address. The relay drops more, and logs it.',
      10_000,
      1,
      1_000_000,
    ),
    maxQueuedBytes: whole('The same, in bytes.', 64 * MIB, MIB, 1024 * MIB),
    maxBuffered: whole(
      'Bytes of waiting reports that stay in memory. The rest stays on disk.',
      16 * MIB,
      0,
      1024 * MIB,
    ),
  })
  .prefault({})
  .describe('Reports to the webhooks of apps.');

/** The hooks section, durations in ms, sizes in bytes. */
export type HooksConfig = z.output<typeof hooksConfig>;
