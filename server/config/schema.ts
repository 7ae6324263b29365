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
      'The shared token of senders and devices. If absent or empty, the relay makes one at its first start and keeps it in storage.dir.',
    writeOnly: true,
  });

const port = z.int().min(0).max(65535);
const verifyToken = (text: string) => z.boolean().default(true).describe(text);

const http = z
  .strictObject({
    host: z.string().max(255).default('').describe('Address to listen on; empty for all interfaces.'),
    port: port.default(9093).describe('Port to listen on; 0 picks a free one.'),
    basePath: z
      .string()
      .max(255)
      .regex(/^(?:\/[\w.~-]+)*\/?$/, 'expected "" or a path such as "/mpush"')
      .default('')
      .transform((value) => value.replace(/\/$/, ''))
      .describe('Prefix of every path, such as "/mpush" behind a proxy that keeps it.'),
    verifyToken: verifyToken('Whether senders need the token.'),
    waitTimeout: duration('How long a reply waits for acknowledgements.', 5000, 500),
    maxWaitTimeout: duration('The longest wait that a request may ask for; never below waitTimeout.', 60_000, 500),
    strict: z
      .boolean()
      .default(false)
      .describe('Whether a send gets 404 if it reaches no device, and 422 if it fails for every device.'),
    cors: z.boolean().default(false).describe('Whether pages of other origins may send.'),
    url: httpUrl('The address at which others reach the relay, such as "https://herald.example.com/mpush".').optional(),
    hosts: z
      .array(z.string().regex(/^[\w.-]{1,255}$/, 'expected a host name without a port'))
      .max(100)
      .default([])
      .describe(
        'More host names of the relay. If it asks for no token, pages may call it only by these names, the host of http.url, localhost, and IP addresses.',
      ),
    maxBody: whole('Longest request body.', MIB, 1024, 256 * MIB),
    maxUnproven: whole(
      'Bytes of request bodies that one address may send per minute before it shows a right token.',
      4 * MIB,
      65_536,
      256 * MIB,
    ),
    trustProxy: z
      .boolean()
      .default(false)
      .describe(
        'Whether to trust X-Forwarded-For for the address of a client, and X-Forwarded-Proto for its use of TLS. Only behind a proxy that sets both.',
      ),
    tls: z
      .strictObject({
        cert: z.string().min(1).max(4096).describe('The certificate and its chain, a PEM file.'),
        key: z.string().min(1).max(4096).describe('Its private key, a PEM file without a passphrase.'),
      })
      .optional()
      .describe('Files for https without a proxy, on all ports. They are read again when they change.'),
    maxAuthFailures: whole('Different wrong tokens per minute and address before the answer is 429.', 10, 1, 1_000_000),
  })
  .transform((value) => ({ ...value, maxWaitTimeout: Math.max(value.maxWaitTimeout, value.waitTimeout) }))
  .prefault({})
  .describe('Senders, and everything else over HTTP.');

const websocket = z
  .strictObject({
    port: port.optional().describe('Port of the sockets; if absent or equal to http.port, one port serves both.'),
    verifyToken: verifyToken('Whether devices need the token.'),
    authTimeout: duration('How long a socket may stay unauthenticated.', 30_000, 100),
    retryTimeout: duration('Wait before an unacknowledged message is sent again; doubles after the third.', 3000, 100),
    waitTimeout: duration('How long a reply to a message from a socket waits for acknowledgements.', 5000, 500),
    window: whole('The most unacknowledged messages on their way to one device.', 64, 1, 1024),
    maxPayload: whole('Longest frame from a device.', MIB, 1024, 256 * MIB),
    maxBuffered: whole(
      'Unsent bytes at which the socket of a slow reader is closed. Messages take up at most half of them.',
      4 * MIB,
      65_536,
      1024 * MIB,
    ),
    stallTimeout: duration(
      'How long a socket with unsent bytes may read none of them before it is closed.',
      30_000,
      1000,
    ),
    maxUnauthenticated: whole(
      'The most unauthenticated sockets. Beyond that, the oldest silent one of the address with the most of them is closed.',
      1000,
      1,
      1_000_000,
    ),
    maxUnauthenticatedPerAddress: whole(
      'The same limit for one IPv4 address or IPv6 /64. Set it as high as maxUnauthenticated if a proxy hides the addresses.',
      500,
      1,
      1_000_000,
    ),
    activityTimeout: duration('How long a Pusher client may be silent before the relay pings it.', 120_000, 1),
    pongTimeout: duration('How long a Pusher client may take to answer a ping.', 30_000, 1),
    returnTimeout: duration(
      'How long subscribers may take to come back after a crash before their apps are told that they are gone.',
      // Between two attempts, pusher-js waits up to 60 s, the Java SDK 30 s, the .NET SDK 10 s. Connecting gets the
      // rest.
      70_000,
      0,
    ),
    pingInterval: duration('Interval of pings; a socket that does not answer is closed.', 30_000, 1000),
  })
  .prefault({})
  .describe('Devices that are connected.');

const devices = z
  .strictObject({
    mayPair: z.boolean().default(true).describe('Whether every paired device may pair others, and not only the owner.'),
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
      .meta({ description: 'Folder of everything durable, relative to the config file.', 'x-path': true }),
    ttl: duration(
      'How long the relay tries to deliver a message before the message counts as failed.',
      7 * DAY,
      1000,
      CENTURY,
    ),
    historyTtl: duration('How long a message is kept; never below ttl.', 30 * DAY, 1000, CENTURY),
    maxQueued: whole('The most undelivered messages kept for one device.', 10_000, 1, 10_000_000),
    maxFeeds: whole('The most names without devices that messages are kept for.', 10_000, 0, 1_000_000),
    maxReadAhead: whole(
      'The most bytes of messages in memory, on their way to all devices.',
      32 * MIB,
      MIB,
      65_536 * MIB,
    ),
    maxDevices: whole('Devices that may be registered.', 10_000, 1, 1_000_000),
  })
  .transform((value) => ({ ...value, historyTtl: Math.max(value.historyTtl, value.ttl) }))
  .prefault({})
  .describe('What is kept on disk.');

const metrics = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether GET /metrics is answered, in the format of Prometheus.'),
    port: port
      .optional()
      .describe('A separate port for metrics, on the address of http.host; if absent, http.port serves them.'),
    token: secret('Bearer token for reading the metrics; required without a separate port.'),
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
      .describe('The version of mpush whose names of the push statuses appear in replies.'),
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
