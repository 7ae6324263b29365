// The webhook section of the config: its schema and the types that come out of it. Nothing is sent here.
import { z } from 'zod';
import { RelayError } from '../../base/errors.ts';
import { duration, httpUrl, proxy, secret } from '../../config/config-fields.ts';
import { checkNewName, readGroups } from '../../delivery/device.ts';

/** Runs a reader of the delivery core and turns its refusal into an issue of the schema. */
function check<T>(context: z.RefinementCtx, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
}

const clientConfig = z
  .strictObject({
    name: z
      .string()
      .transform((value, context) => {
        check(context, () => checkNewName(value.normalize()));
        // The name stays as it is written, so that a target from earlier versions keeps its queue even if it is not in
        // NFC.
        return value;
      })
      .describe('Name of the device, unique among all devices.'),
    group: z
      .union([z.string(), z.array(z.string())], {
        error: 'expected a string, comma-separated for several, or an array of strings',
      })
      .default('')
      .transform((value, context) => check(context, () => readGroups(value)))
      .describe('Its groups: one, several separated by commas, or an array.'),
    url: httpUrl('Address that messages go to.'),
    method: z
      .enum(['GET', 'POST'])
      .default('POST')
      .describe('`GET` puts the message into the query, `POST` into a JSON body.'),
    proxy: proxy('Proxy of this target. Without it, the one of the section.'),
    secret: secret('Key of the header `X-Herald-Signature` (HMAC-SHA256). Without it, requests are not signed.'),
  })
  .describe('One HTTP target.');

/** Schema of the `webhook` section. */
export const webhookConfig = z
  .strictObject({
    retryTimeout: duration(
      'Pause before a failed attempt is repeated, for the first three times. Then the pause doubles, up to ten minutes.',
      3000,
      100,
    ),
    timeout: duration('How long one attempt may take.', 10_000, 100),
    proxy: proxy('Proxy for all targets without one of their own, such as `http://user:password@proxy:3128`.'),
    clients: z
      .array(clientConfig)
      .max(10_000)
      .default([])
      .superRefine((clients, context) => {
        // An invalid target may have no name.
        if (context.issues.length > 0) return;
        const seen = new Set<string>();
        for (const [index, client] of clients.entries()) {
          const name = client.name.normalize();
          if (seen.has(name))
            context.addIssue({ code: 'custom', path: [index, 'name'], message: 'expected a unique name' });
          seen.add(name);
        }
      })
      .describe('List of the targets.'),
  })
  .prefault({})
  .describe('Devices that are HTTP targets.');

/**
 * One configured HTTP target. `group` is a list, `proxy` a URL; both proxy and secret are undefined where none is set.
 */
export type WebhookClient = z.output<typeof clientConfig>;

/** The webhook section, durations in ms. */
export type WebhookConfig = z.output<typeof webhookConfig>;
