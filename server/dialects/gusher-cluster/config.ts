// The config section of gusher.cluster. Without it the dialect is off.
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { duration, httpUrl, secret, whole } from '../../config/config-fields.ts';

const MIN_MODULUS = 2048;

function isRsaKey(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS;
  } catch {
    return false;
  }
}

const prefix = (text: string, preset: string) =>
  z
    .string()
    .max(255)
    .regex(/^(?:\/[\w.~-]+)*\/?$/, 'expected "" or a path such as "/api"')
    .default(preset)
    .transform((value) => value.replace(/\/$/, ''))
    .describe(text);

/** Schema of the `gusherCluster` section. */
export const gusherClusterConfig = z
  .strictObject({
    level: z
      .enum(['2016', '1.13'])
      .default('2016')
      .describe(
        'Version of gusher.cluster. `2016` is its first README: the hook of an app says who a socket is, and data arrives as text. `1.13`: sockets log in with a JWT, and data that is JSON arrives as JSON.',
      ),
    apps: z
      .record(
        z.string().regex(/^[^/\p{Cc}]{1,255}$/u, 'expected a key of 1 to 255 characters without "/"'),
        z.strictObject({ url: httpUrl('Hook that says who a socket is and which channels it may subscribe to.') }),
      )
      .default({})
      .describe(
        'Apps of level `2016` by their keys, each with the `url` of its hook. Level `1.13` needs none: a valid JWT names its app.',
      ),
    appsInRedis: z
      .boolean()
      .default(false)
      .describe(
        'Whether apps of level `2016` are also looked up in Redis (`redis`), as in the original: the hash of the app key has the hook in its field `url`. Apps of the config win. An answer is kept for 2 s. The login of Redis needs `HGET` on these keys.',
      ),
    redisPrefix: z.string().max(255).default('').describe('What stands before the app key in Redis.'),
    publicKey: z
      .string()
      .max(16_384)
      .refine(isRsaKey, `expected an RSA public key of at least ${MIN_MODULUS} bits in PEM`)
      .optional()
      .describe('RSA key in PEM that checks the JWTs of level `1.13`, where it is required.'),
    apiToken: secret(
      'Token of its API, sent as `Authorization: Bearer`. Without it, anyone may push, as in the original.',
    ),
    apiPrefix: prefix('Prefix of its API. The master of gusher.cluster has `/api`.', '/api'),
    socketPrefix: prefix('A second prefix for sockets and for the login, at level 1.13.', '/gcs'),
    hookTimeout: duration('How long a hook may take.', 30_000, 100),
    maxWaitHook: whole('How many hooks may run at once. More sockets wait in a queue.', 50, 1, 10_000),
    maxPayload: whole('Largest frame from a socket.', 512, 64, 8192),
    maxTokens: whole(
      'How many logins are kept for the minute in which their sockets may connect. The oldest is dropped first.',
      10_000,
      1,
      1e6,
    ),
  })
  .superRefine(({ level, publicKey }, context) => {
    if (level === '1.13' && publicKey === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['publicKey'],
        message: 'expected the public key that level 1.13 needs',
      });
    }
  })
  .optional()
  .describe('gusher.cluster: sockets with channels at `/ws/<app>`. Off without this section.');

/** The section when it is present. */
export type GusherClusterConfig = NonNullable<z.output<typeof gusherClusterConfig>>;
