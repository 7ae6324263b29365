// Where the events of an app are reported, as the config may set it.
import { z } from 'zod';
import { REPORTED_EVENTS } from '../app-webhooks/event-report.ts';
import type { Hook } from '../channel/app.ts';
import { httpUrl } from '../config/config-fields.ts';

/** What webman's documents call its event; its server says `server_event`. */
const SERVER_EVENT = 'server-event';

/** Headers by which HTTP itself tells where a request ends and whom it is for. */
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
    'expected names of headers, and none that HTTP sets itself',
  );

/** Schema of one of `webhooks`. */
export const hookConfig = z.strictObject({
  url: httpUrl('Where it is reported.'),
  events: z
    .array(z.enum([...REPORTED_EVENTS, SERVER_EVENT]))
    .max(64)
    .describe('Kinds of events that are reported.'),
  batch: z.boolean().default(true).describe('Report what happens close together in one request.'),
  headers: headers.optional().meta({ description: 'Headers to add.', writeOnly: true }),
  filter: z
    .strictObject({ prefix: z.string().optional(), suffix: z.string().optional() })
    .optional()
    .describe('Report only channels whose names begin or end like this.'),
});

/** The configured hook as the channel core has it. */
export function toHook({ events, ...hook }: z.output<typeof hookConfig>): Hook {
  return { ...hook, events: events.map((name) => (name === SERVER_EVENT ? 'server_event' : name)) };
}
