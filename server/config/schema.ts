// The shape of the config and its defaults. Transports, dialects and apps declare their own sections.
// Not here: where values come from, see load.ts. Durations are in ms, sizes in bytes.
import { z } from 'zod';
import { keysConfig } from '../api/keys-config.ts';
import { quietConfig } from '../api/quiet-config.ts';
import { hooksConfig } from '../app-webhooks/config.ts';
import { appsConfig } from '../apps/app-config.ts';
import { backendConfigs } from '../backends/config.ts';
import { dialectConfigs } from '../dialects/config.ts';
import { outboundConfig } from '../outbound/config.ts';
import { templatesConfig } from '../templates/config.ts';
import { transportConfigs } from '../transports/config.ts';
import { attachmentsConfig } from './attachments.ts';
import { duration, httpUrl, secret, whole } from './config-fields.ts';
import { messagesConfigs } from './messages.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;
const CENTURY = 36_525 * DAY;

const token = z
  .string()
  .max(4096)
  // HTTP strips the space around a header's value, so a token with space at an end would lock every sender out.
  .regex(/^(?!.*\p{Cc})(?:\S(?:.*\S)?)?$/u, 'expected text without control characters and without space at either end')
  .transform((value) => (value === '' ? undefined : value))
  .optional()
  .meta({
    description:
      'What senders and devices must show. If absent or empty, the relay makes one at the first start and keeps it in `storage.dir`.',
    writeOnly: true,
  });

const port = z.int().min(0).max(65535);
const verifyToken = (text: string) => z.boolean().default(true).describe(text);

const http = z
  .strictObject({
    host: z.string().max(255).default('').describe('Address to listen on; empty for all.'),
    port: port.default(9093).describe('Port to listen on; 0 picks a free one.'),
    basePath: z
      .string()
      .max(255)
      .regex(/^(?:\/[\w.~-]+)*\/?$/, 'expected "" or a path such as "/mpush"')
      .default('')
      .transform((value) => value.replace(/\/$/, ''))
      .describe('Prefix of every path, such as `/mpush`.'),
    verifyToken: verifyToken('Whether senders need the token.'),
    waitTimeout: duration('How long a reply waits for acknowledgements.', 5000, 500),
    maxWaitTimeout: duration('The longest `wait` that a sender may ask for. Never below `waitTimeout`.', 60_000, 500),
    strict: z
      .boolean()
      .default(false)
      .describe(
        'Whether a send that reaches no device is answered with 404, and one that fails for every recipient with 422, as with `strict=1`.',
      ),
    cors: z.boolean().default(false).describe('Whether pages of other origins may send.'),
    url: httpUrl('The address at which others reach the relay, such as "https://herald.example.com/mpush".').optional(),
    hosts: z
      .array(z.string().regex(/^[\w.-]{1,255}$/, 'expected a host name without a port'))
      .max(100)
      .default([])
      .describe(
        'More host names of the relay. With `verifyToken` off, pages may use the relay only at these names, the host of `http.url`, `localhost`, and IP addresses.',
      ),
    maxBody: whole('Largest request body.', MIB, 1024, 256 * MIB),
    maxUnproven: whole(
      'Bytes of request bodies that one address may send per minute before it shows a right token. Short bodies do not count, nor do requests with the token in the header.',
      4 * MIB,
      65_536,
      256 * MIB,
    ),
    trustProxy: z
      .boolean()
      .default(false)
      .describe(
        "Whether to take the sender's address from `X-Forwarded-For`, and from `X-Forwarded-Proto` whether it used TLS. Turn it on only behind a proxy that sets both.",
      ),
    tls: z
      .strictObject({
        cert: z.string().min(1).max(4096).describe('The certificate and its chain, a PEM file.'),
        key: z.string().min(1).max(4096).describe('Its private key, a PEM file without a passphrase.'),
      })
      .optional()
      .describe('Files for https without a proxy, on all ports. They are read again when they change.'),
    maxAuthFailures: whole(
      'How many different wrong tokens an address (an IPv6 /64 counts as one) may show per minute before it gets 429. A right token always works.',
      10,
      1,
      1_000_000,
    ),
  })
  .transform((value) => ({ ...value, maxWaitTimeout: Math.max(value.maxWaitTimeout, value.waitTimeout) }))
  .prefault({})
  .describe('Senders, and everything else over HTTP.');

const websocket = z
  .strictObject({
    port: port.optional().describe('Port of the sockets. If absent or equal to `http.port`, both use one port.'),
    verifyToken: verifyToken('Whether devices need the token.'),
    authTimeout: duration('How long a socket may stay without AUTH.', 30_000, 100),
    retryTimeout: duration(
      'Pause before an unacknowledged message is sent again, for the first three times. Then the pause doubles, up to a minute.',
      3000,
      100,
    ),
    waitTimeout: duration('The same as `http.waitTimeout`, for messages sent over a socket.', 5000, 500),
    window: whole('How many unacknowledged messages may be on their way to one device.', 64, 1, 1024),
    maxPayload: whole('Largest frame from a device.', MIB, 1024, 256 * MIB),
    maxBuffered: whole(
      'Unsent bytes at which the relay cuts off a slow reader. Messages to one device use at most half of them at once.',
      4 * MIB,
      65_536,
      1024 * MIB,
    ),
    stallTimeout: duration(
      'How long a reader may take nothing while data waits for it, before the relay cuts it off.',
      30_000,
      1000,
    ),
    maxUnauthenticated: whole(
      'How many sockets may be open without AUTH. Beyond that, the relay closes the oldest silent one of the address that has the most.',
      1000,
      1,
      1_000_000,
    ),
    maxUnauthenticatedPerAddress: whole(
      'The same for one IPv4 address or IPv6 /64. Set it as high as `maxUnauthenticated` if a proxy hides the addresses.',
      500,
      1,
      1_000_000,
    ),
    activityTimeout: duration('How long a socket of a Pusher SDK may be silent before it is pinged.', 120_000, 1),
    pongTimeout: duration('How long it may take to answer that ping.', 30_000, 1),
    returnTimeout: duration(
      'How long subscribers may take to come back after a crash, before their apps are told that they have left.',
      // Between two attempts, pusher-js waits up to 60 s, the Java SDK 30 s, the .NET SDK 10 s. Connecting gets the
      // rest.
      70_000,
      0,
    ),
    pingInterval: duration('How often sockets are pinged. A socket that does not answer is closed.', 30_000, 1000),
  })
  .prefault({})
  .describe('Devices that are connected.');

const devices = z
  .strictObject({
    mayPair: z
      .boolean()
      .default(true)
      .describe(
        'Whether every paired device may pair others. With `false`, only the token and devices that manage the relay may.',
      ),
  })
  .prefault({})
  .describe('What paired devices may do.');

const storage = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .max(4096)
      .default('./data')
      .meta({ description: 'Folder for everything durable, relative to the config file.', 'x-path': true }),
    ttl: duration(
      'How long the relay tries to deliver a message: 7 days. Then the message counts as failed.',
      7 * DAY,
      1000,
      CENTURY,
    ),
    historyTtl: duration('How long a message is kept: 30 days. Never below `ttl`.', 30 * DAY, 1000, CENTURY),
    maxQueued: whole('How many undelivered messages one device may have.', 10_000, 1, 10_000_000),
    maxFeeds: whole('For how many names without devices messages are kept.', 10_000, 0, 1_000_000),
    maxReadAhead: whole(
      'Bytes of messages in memory on their way to all devices together. The rest waits on disk.',
      32 * MIB,
      MIB,
      65_536 * MIB,
    ),
    maxDevices: whole('How many devices there may be.', 10_000, 1, 1_000_000),
  })
  .transform((value) => ({ ...value, historyTtl: Math.max(value.historyTtl, value.ttl) }))
  .prefault({})
  .describe('What is kept on disk.');

const metrics = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether GET /metrics is answered, in the format of Prometheus.'),
    port: port
      .optional()
      .describe('A separate port for metrics, on the address of `http.host`. Without it, they are at `http.port`.'),
    token: secret('Bearer token for reading the metrics. It is required without a separate port.'),
  })
  .superRefine(({ enabled, port: own, token: needed }, context) => {
    if (enabled && own === undefined && needed === undefined) {
      context.addIssue({ code: 'custom', message: 'expected a separate port, or a token' });
    }
  })
  .prefault({})
  .describe('Metrics for Prometheus.');

/** The whole config. Defaults make `{}` a working one. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Address of the schema of this file, for editors.'),
    token,
    http,
    websocket,
    ...transportConfigs,
    ...dialectConfigs,
    hooks: hooksConfig,
    outbound: outboundConfig,
    devices,
    storage,
    attachments: attachmentsConfig,
    ...messagesConfigs,
    quiet: quietConfig,
    ...backendConfigs,
    metrics,
    statusNames: z
      .enum(['2.1', '2.2'])
      .default('2.1')
      .describe('Which version of mpush sets the names of push statuses: `2.1` or `2.2`.'),
    apps: appsConfig,
    keys: keysConfig,
    templates: templatesConfig,
  })
  .transform(({ $schema, token, http, websocket, ...rest }) => ({
    token,
    http,
    websocket: { ...websocket, port: websocket.port ?? http.port },
    ...rest,
  }));

/** The effective config, complete and deeply frozen. Each part of the relay takes the values that it needs. */
export type Config = z.output<typeof configSchema>;
