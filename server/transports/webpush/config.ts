// The webpush section of the config: its schema and the type that comes out of it. Nothing is sent here.
import { z } from 'zod';
import { duration, proxy, secret } from '../../config/config-fields.ts';

const WEEK = 7 * 24 * 3_600_000;

/** Schema of the `webpush` section. */
export const webpushConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether browsers can register for push.'),
    serverKey: secret('From mpush 2.1; accepted and not used.'),
    apiKey: secret('From mpush 2.2; accepted and not used.'),
    subject: z
      .string()
      .regex(/^(?:mailto:|https:\/\/)\S+$/, 'expected a mailto: or https: URL')
      .max(1024)
      .refine((text) => URL.canParse(text), 'expected a mailto: or https: URL')
      .default('mailto:herald@example.com')
      .describe('Contact for push services that have a question about this relay: a mailto: or https: URL.'),
    proxy: proxy('Proxy to the push services: an http or https URL, or an empty string.'),
    retryTimeout: duration(
      'Wait in ms after each of the first three failed attempts; doubles afterwards.',
      10_000,
      5000,
    ),
    grace: duration(
      'How long in ms a connected device may take to acknowledge before the relay also sends a push.',
      1500,
      0,
    ),
    ttl: duration('How long in ms a push service keeps a message for a device that is off.', WEEK, 0, 4 * WEEK),
    urgency: z
      .enum(['very-low', 'low', 'normal', 'high'])
      .default('high')
      .describe(
        'Urgency of messages without a priority. While a device saves power, push services hold back the less urgent ones.',
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
