// The webpush section of the config: its schema and the type that comes out of it. Nothing is sent here.
import { z } from 'zod';
import { duration, proxy, secret } from '../../config/config-fields.ts';

const WEEK = 7 * 24 * 3_600_000;

/** Schema of the `webpush` section. */
export const webpushConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether browsers can register for push.'),
    serverKey: secret('A key of mpush 2.1. It is accepted and ignored.'),
    apiKey: secret('A key of mpush 2.2. It is accepted and ignored.'),
    subject: z
      .string()
      .regex(/^(?:mailto:|https:\/\/)\S+$/, 'expected a mailto: or https: URL')
      .max(1024)
      .refine((text) => URL.canParse(text), 'expected a mailto: or https: URL')
      .default('mailto:herald@example.com')
      .describe(
        'Contact address for push services: a `mailto:` or `https:` URL with a public domain. With any other, Apple refuses every push.',
      ),
    proxy: proxy('Proxy to the push services.'),
    retryTimeout: duration(
      'Pause before a failed attempt is repeated, for the first three times. Then the pause doubles, up to ten minutes.',
      10_000,
      5000,
    ),
    grace: duration(
      'How long a connected device has to acknowledge before it gets a push. FCM uses this value too.',
      1500,
      0,
    ),
    ttl: duration(
      'How long a push service keeps a message for a device that is off, at most until `storage.ttl` ends.',
      WEEK,
      0,
      4 * WEEK,
    ),
    urgency: z
      .enum(['very-low', 'low', 'normal', 'high'])
      .default('high')
      .describe(
        'Urgency of messages without `priority`: `very-low`, `low`, `normal`, `high`. While a device saves power, push services hold back the less urgent ones.',
      ),
    allowPrivateEndpoints: z
      .boolean()
      .default(false)
      .describe(
        'Whether push services may be in private networks. If so, a device can make the relay send requests there.',
      ),
  })
  .prefault({})
  .describe('Push to browsers.');

/** The webpush section, durations in ms. */
export type WebpushConfig = z.output<typeof webpushConfig>;
