// Logins of level 1.13: the claims of a JWT, and the short-lived tokens that sockets send in place of the JWT.
import { createPublicKey, randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose/jwt/verify';
import { z } from 'zod';
import type { LoginStore } from '../../access/guards.ts';
import type { Clock } from '../../base/clock.ts';
import { channelList, userId } from './names.ts';

const claims = z.object({
  gusher: z.object({
    user_id: userId,
    channels: channelList.nullish().transform((list) => list ?? []),
    app_key: z.string().min(1).max(255),
    remotes: z
      .record(z.string(), z.boolean())
      .nullish()
      .transform((remotes) => remotes ?? null),
  }),
});

/** The part of a JWT's claims that is meant for gusher. */
export type Claims = z.output<typeof claims>['gusher'];

/** Reads the claims of a valid JWT; undefined for any other text. */
export type ReadJwt = (jwt: string) => Promise<Claims | undefined>;

/** @param publicKey the RSA key in PEM that checks the signatures. Without it no JWT is valid */
export function createReadJwt(publicKey: string | undefined, clock: Clock): ReadJwt {
  if (publicKey === undefined) return async () => undefined;
  const key = createPublicKey(publicKey);
  return async (jwt) => {
    try {
      const { payload } = await jwtVerify(jwt, key, {
        algorithms: ['RS256', 'RS384', 'RS512'],
        currentDate: new Date(clock.now()),
      });
      return claims.safeParse(payload).data?.gusher;
    } catch {
      return undefined;
    }
  };
}

/** Short-lived tokens, each of which stands for the claims of one JWT. */
export interface Tokens {
  /** Makes a token. It works for one minute, for any number of sockets. */
  issue(claims: Claims): Promise<string>;
  get(token: string): Promise<Claims | undefined>;
}

const LIFETIME = 60_000;

/** @param most how many tokens are kept; the oldest is dropped first */
export function createTokens(store: LoginStore, most: number): Tokens {
  return {
    async issue(given) {
      const token = randomUUID();
      await store.put(token, JSON.stringify(given), { most, forMs: LIFETIME });
      return token;
    },
    async get(token) {
      const text = await store.get(token);
      return text === undefined ? undefined : claims.shape.gusher.parse(JSON.parse(text));
    },
  };
}
