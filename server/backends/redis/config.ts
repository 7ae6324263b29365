// The redis section of the config. It is absent by default: then the embedded backend keeps everything.
import { z } from 'zod';
import { duration, secret, whole } from '../../config/config-fields.ts';
import { parseRedisUrl } from './url.ts';

const file = (text: string) => z.string().min(1).max(4096).optional().meta({ description: text, 'x-path': true });

/** Schema of the `redis` section. */
export const redisConfig = z
  .strictObject({
    url: z
      .string()
      .max(4096)
      .superRefine((url, context) => {
        const address = parseRedisUrl(url);
        if ('problem' in address) context.addIssue({ code: 'custom', message: address.problem });
      })
      .meta({
        description:
          'Where Redis is. Forms: `redis://[user[:password]@]host[:port][/db]`, `redis-sentinel://[user[:password]@]host[:port],…/<master>[/db]`, `redis-cluster://host[:port],…`, each with `rediss` for TLS, and `unix:///path`.',
        writeOnly: true,
      }),
    sentinelUser: z.string().max(256).optional().describe('User name at the sentinels, if they have their own.'),
    sentinelPassword: secret('Password of the sentinels, if they have their own.'),
    ca: file('PEM file with the authority that signed the certificate of Redis, for rediss.'),
    cert: file('PEM file with the certificate of the relay, if Redis asks for one.'),
    key: file('PEM file with the key of that certificate.'),
    servername: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('Name that the certificate of Redis must have, if it is not the host in the URL.'),
    prefix: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, "_", "." or "-"')
      .default('herald')
      .describe('Start of every key. Two prefixes on one Redis are two clusters that never meet.'),
    durability: z
      .enum(['disk', 'second', 'replica', 'memory'])
      .default('second')
      .describe('What Redis must promise before a message counts as stored: `disk`, `second`, `replica` or `memory`.'),
    replicas: whole('For `replica`: how many replicas must have a message.', 1, 1, 16),
    replicaTimeout: duration('For `replica`: how long a sender waits for them.', 500, 10, 60_000),
    lease: duration('How long a node may be silent before it counts as dead.', 3000, 1000, 60_000),
    timeout: duration('How long a command may take before the connection is made again.', 1000, 50, 60_000),
    joinTimeout: duration(
      'How long a socket that connects or subscribes waits for Redis before it is closed.',
      10_000,
      0,
      60_000,
    ),
    startTimeout: duration('How long a start waits for Redis.', 30_000, 100, 3_600_000),
    maxPending: whole('The most commands under way. More are refused with 503.', 10_000, 1, 1_000_000),
  })
  .superRefine(({ cert, key }, context) => {
    if ((cert === undefined) !== (key === undefined)) {
      context.addIssue({ code: 'custom', message: 'expected cert and key together' });
    }
  })
  .optional()
  .describe('Redis, for several nodes. Without it, one node keeps everything in storage.dir.');

/** The redis section, durations in ms. */
export type RedisConfig = NonNullable<z.output<typeof redisConfig>>;
