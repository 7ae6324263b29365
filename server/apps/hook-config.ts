// The config slice of an app's webhooks.
import { z } from 'zod';
import { REPORTED_EVENTS } from '../app-webhooks/event-report.ts';
import type { Hook } from '../channel/app.ts';
import { httpUrl } from '../config/config-fields.ts';

/** The spelling in webman's documentation. Its server sends `server_event`. */
const SERVER_EVENT = 'server-event';

/** Headers that the HTTP client sets itself, for the framing and the destination of a request. */
const FRAMING = /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

const headers = z
  .record(
    z.string(),
    z
      .string()
      .max(4096)
      .regex(/^[\t -~\x80-\xff]*$/, 'expected text that a header can hold'),
  )
  .refine(
    (named) => Object.keys(named).every((name) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name) && !FRAMING.test(name)),
    'expected names of headers, except those that HTTP sets itself, such as "host"',
  );

/** Schema of one entry of `webhooks`. */
export const hookConfig = z.strictObject({
  url: httpUrl('Address that gets the reports.'),
  events: z
    .array(z.enum([...REPORTED_EVENTS, SERVER_EVENT]))
    .max(64)
    .describe('Which events are reported.'),
  batch: z
    .boolean()
    .default(true)
    .describe(
      'Events within 50 ms go into one request, up to a hundred. With `false`, each event gets its own request.',
    ),
  headers: headers.optional().meta({
    description: 'Headers to add. They cannot change the headers of Pusher and of HTTP itself.',
    writeOnly: true,
  }),
  filter: z
    .strictObject({
      prefix: z.string().optional().describe('Report only channels whose names begin with this.'),
      suffix: z.string().optional().describe('Report only channels whose names end with this.'),
    })
    .optional()
    .describe('Report only channels whose names begin with the prefix and end with the suffix.'),
});

/** Turns a configured webhook into a hook of the channel core. */
export function toHook({ events, ...hook }: z.output<typeof hookConfig>): Hook {
  return { ...hook, events: events.map((name) => (name === SERVER_EVENT ? 'server_event' : name)) };
}
