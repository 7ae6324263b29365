// The `streams` section of the config: HTTP answers that go on, in every dialect.
import { z } from 'zod';
import { duration, whole } from '../../config/config-fields.ts';

/** The schema of the section. Durations in ms, sizes in bytes. */
export const streamsConfig = z
  .strictObject({
    keepalive: duration('How often a stream gets a sign of life.', 45_000, 1000),
    maxBuffered: whole(
      'Unsent bytes at which the relay ends a stream, because its reader is too slow.',
      2 ** 20,
      65_536,
      2 ** 30,
    ),
    maxListeners: whole('How many streams may be open.', 1000, 1, 1_000_000),
    maxListenersPerAddress: whole('The same for one IPv4 address or IPv6 /64.', 100, 1, 1_000_000),
  })
  .prefault({})
  .describe('Answers over HTTP that go on, such as GET /v1/stream.');
