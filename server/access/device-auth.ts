// Device tokens: signed and dated, in place of the relay's token. They end for each name.
import { createSecretKey, hkdfSync } from 'node:crypto';
// Imported by parts: the whole library would load key sets and encryption.
import * as errors from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';

/** Which device a token is for. */
export interface DeviceIdentity {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Remembers which tokens have ended. Times are in ms since 1970. */
export interface Revocations {
  load(): Promise<Map<string, number>>;
  /** Resolves when it is durable. May drop entries older than `keep` ms before `at`. */
  put(name: string, at: number, keep: number): Promise<void>;
}

/** What {@link createDeviceAuth} works with. */
export interface DeviceAuthOptions {
  /** The relay's own random key, at least 32 bytes. */
  readonly signingKey: Uint8Array;
  /** The relay's token. A new one ends the token of every device. */
  readonly token: string;
  readonly clock: Clock;
  readonly revocations: Revocations;
}

/** Signs, checks and ends the tokens of devices. */
export interface DeviceAuth {
  /** A token for the device, valid for 180 days. */
  sign(device: DeviceIdentity): Promise<string>;
  /**
   * Reads which device a token is for.
   * @throws RelayError `unauthorized`: `jwt must be a string`, `jwt malformed`, `invalid algorithm`, `invalid signature`,
   * `jwt expired` (the texts of the library that mpush used); `revoked`: `jwt revoked`.
   */
  verify(jwt: unknown): Promise<DeviceIdentity>;
  /**
   * Ends every token of the name that was signed before this call, at once; resolves when that is durable.
   * @param ownerOnly whether the name is kept for the owner from now on: another device removed the one that had it
   */
  revoke(name: string, ownerOnly?: boolean): Promise<void>;
  /** Whether tokens of the name have ended: the device was removed, renamed or taken over. */
  wasRevoked(name: string): boolean;
  /** Whether only the owner may give the name to a device: see `revoke`. Ends when the name is revoked again without it. */
  isOwnerOnly(name: string): boolean;
}

const LIFETIME_S = 180 * 24 * 3600;
const LIFETIME_MS = LIFETIME_S * 1000;
/** Above the longest token this file signs: 32 groups of 64 three-byte characters, listed twice, in base64. */
const MAX_LENGTH = 32_768;
/** Marks the revocations that keep a name for the owner. No device's name has a slash. */
const OWNER_ONLY = 'owner-only/';

/** Reads the past revocations and makes the checks. */
export async function createDeviceAuth(options: DeviceAuthOptions): Promise<DeviceAuth> {
  const { clock, revocations } = options;
  if (options.signingKey.length < 32) throw new Error('the signing key is shorter than 32 bytes');
  const key = createSecretKey(
    Buffer.from(hkdfSync('sha256', options.signingKey, options.token, 'herald device token', 32)),
  );
  // Sorted by time, so that entries which no valid token needs are at the front.
  const revoked = new Map([...(await revocations.load())].sort(([, a], [, b]) => a - b));
  /** The latest time in any token or revocation seen: a clock that is set back must not revive or end a token. */
  let latest = Math.max(0, ...[...revoked.values()].slice(-1));

  return {
    sign({ name, groups }) {
      const now = clock.now();
      const issued = Math.max(now, (revoked.get(name) ?? 0) + 1);
      latest = Math.max(latest, issued);
      const claims = { name, group: groups.join(','), groups: [...groups] };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuedAt(issued / 1000)
        .setExpirationTime(Math.floor(now / 1000) + LIFETIME_S)
        .sign(key);
    },

    async verify(jwt) {
      if (typeof jwt !== 'string') throw refusal('jwt must be a string');
      if (jwt.length > MAX_LENGTH) throw refusal('jwt malformed');
      const claims = await readClaims(jwt);
      latest = Math.max(latest, claims.issued);
      if (claims.issued <= (revoked.get(claims.name) ?? 0)) throw new RelayError('revoked', 'jwt revoked');
      return { name: claims.name, groups: claims.groups };
    },

    async revoke(name, ownerOnly = false) {
      const now = clock.now();
      const at = Math.max(now, latest);
      latest = at;
      const names = ownerOnly ? [name, OWNER_ONLY + name] : [name];
      for (const one of names) {
        revoked.delete(one);
        revoked.set(one, at);
      }
      for (const [old, when] of revoked) {
        if (when + LIFETIME_MS >= now) break;
        revoked.delete(old);
      }
      await Promise.all(names.map((one) => revocations.put(one, at, LIFETIME_MS)));
    },

    wasRevoked: (name) => revoked.has(name),

    isOwnerOnly(name) {
      const at = revoked.get(OWNER_ONLY + name);
      return at !== undefined && at >= (revoked.get(name) ?? 0);
    },
  };

  async function readClaims(jwt: string): Promise<{ name: string; groups: string[]; issued: number }> {
    try {
      const { payload } = await jwtVerify(jwt, key, { algorithms: ['HS256'], currentDate: new Date(clock.now()) });
      const { name, groups, iat } = payload;
      if (typeof name === 'string' && isTexts(groups) && typeof iat === 'number') {
        return { name, groups, issued: Math.round(iat * 1000) };
      }
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refusal(textOf(error), error);
      throw error;
    }
    throw refusal('jwt malformed');
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function textOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'invalid signature';
  if (error instanceof errors.JWTExpired) return 'jwt expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'invalid algorithm';
  return 'jwt malformed';
}

function refusal(text: string, cause?: unknown): RelayError {
  return new RelayError('unauthorized', text, cause === undefined ? {} : { cause });
}
