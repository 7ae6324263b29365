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
        'The version of gusher.cluster to imitate. "2016" is its first README: the hook of an app says who a socket is, and ' +
          'data arrives as a string. "1.13": sockets log in with a JWT, and data that is JSON arrives as JSON.',
      ),
    apps: z
      .record(
        z.string().regex(/^[^/\p{Cc}]{1,255}$/u, 'expected a key of 1 to 255 characters without "/"'),
        z.strictObject({ url: httpUrl('Hook that says who a socket is and which channels it may subscribe to.') }),
      )
      .default({})
      .describe('Apps of level 2016 by their keys. Level 1.13 needs none: a valid JWT names its app.'),
    appsInRedis: z
      .boolean()
      .default(false)
      .describe(
        'Whether apps of level 2016 are also looked up in the Redis of the relay, as in the original: the hash of the key has ' +
          'the hook in its field "url". Apps of the config win.',
      ),
    redisPrefix: z.string().max(255).default('').describe('What stands before the key of an app in Redis.'),
    publicKey: z
      .string()
      .max(16_384)
      .refine(isRsaKey, `expected an RSA public key of at least ${MIN_MODULUS} bits in PEM`)
      .optional()
      .describe('RSA key in PEM that checks JWTs; required at level 1.13.'),
    apiToken: secret(
      'Token that calls of the API send as "Authorization: Bearer". Without it anyone may call, as in the original.',
    ),
    apiPrefix: prefix('Prefix of the API; the master of gusher.cluster has "/api".', '/api'),
    socketPrefix: prefix('At level 1.13, sockets and the login are also below this prefix.', '/gcs'),
    hookTimeout: duration('How long a hook may take to answer.', 30_000, 100),
    maxWaitHook: whole('How many hooks may run at once. Further sockets wait in a queue.', 50, 1, 10_000),
    maxPayload: whole('Longest frame from a socket.', 512, 64, 8192),
    maxTokens: whole(
      'How many logins are kept. Each is kept for 60 s, in which its sockets may connect. The oldest is dropped first.',
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
  .describe('gusher.cluster: sockets with channels at /ws/<app>. Off without this section.');

/** The section when it is present. */
export type GusherClusterConfig = NonNullable<z.output<typeof gusherClusterConfig>>;
