// Device tokens: signed and dated, so that devices need not keep the relay's token. All tokens of one name end together.
import { createHmac, type KeyObject } from 'node:crypto';
// Imported in parts, because the whole library would load key sets and encryption.
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { DeviceKey } from './relay-token.ts';

/** Which device a token is for. */
export interface DeviceIdentity {
  readonly name: string;
  readonly groups: readonly string[];
  /** The grant that lets the device manage the relay. It counts as long as the device's record has the same one. */
  readonly manage?: string | undefined;
}

/** A device that has shown its token. */
export interface VerifiedDevice extends DeviceIdentity {
  /**
   * Checks what may have changed since, without the signature: whether the token was revoked or has expired.
   * @throws RelayError as `DeviceAuth.verify` does
   */
  check(): void;
}

/**
 * Stores when the tokens of each name were revoked. Times are in ms since 1970. Changes never conflict: of two times for
 * one name, the later one counts, on whichever node it was stored.
 */
export interface RevocationStore {
  /** All entries. Those that are stored after them are told. */
  load(): Promise<Map<string, number>>;
  /** Stores an entry; resolves when it is durable. Also drops entries that are older than `keep` ms before `at`. */
  put(name: string, at: number, keep: number): Promise<void>;
  /** Calls the listener for each entry that any node stores, this one included. It must not throw. */
  onChange(listener: (name: string, at: number) => void): void;
  /** The time by which all nodes date tokens and revocations; absent if there is one node, whose clock counts. */
  time?(): TimeSpan;
}

/** The time is not before the one and not after the other, in ms since 1970. */
export interface TimeSpan {
  readonly earliest: number;
  readonly latest: number;
}

/** What {@link createDeviceAuth} needs. */
export interface DeviceAuthOptions {
  /** The keys that count now, see `RelayToken.deviceKeys`. The first one signs. */
  keys(): readonly DeviceKey[];
  readonly clock: Clock;
  readonly revocations: RevocationStore;
}

/** Signs, checks and revokes the tokens of devices. */
export interface DeviceAuth {
  /** A token for the device, valid for 180 days. */
  sign(device: DeviceIdentity): Promise<string>;
  /**
   * Reads which device a token is for.
   * @throws RelayError `unauthorized`: `jwt must be a string`, `jwt malformed`, `invalid algorithm`, `invalid signature`,
   * `jwt expired` (the texts of the library that mpush used); `revoked`: `jwt revoked`.
   */
  verify(jwt: unknown): Promise<VerifiedDevice>;
  /**
   * Revokes every token of the name that was signed before this call. Takes effect at once, and resolves when it is durable.
   * @param ownerOnly reserves the name for the owner from now on, because another device removed the one that had it
   */
  revoke(name: string, ownerOnly?: boolean): Promise<void>;
  /** Whether tokens of the name were revoked, because the device was removed, renamed or taken over. */
  wasRevoked(name: string): boolean;
  /** Whether only the owner may give the name to a device. A later `revoke` without `ownerOnly` lifts this. */
  isOwnerOnly(name: string): boolean;
}

/** What a token says. `issued` is in ms, `expires` in seconds. */
interface Claims extends DeviceIdentity {
  readonly issued: number;
  readonly expires: number;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** The first part of every token that is signed here. Tokens are signed without jose, see decision 0014. */
const HEADER = base64url({ alg: 'HS256', typ: 'JWT' });
const LIFETIME_S = 180 * 24 * 3600;
const LIFETIME_MS = LIFETIME_S * 1000;
/**
 * Longest token that is checked, in characters. The longest one signed here, with 32 groups of 64 three-byte characters listed
 * twice, is shorter.
 */
const MAX_LENGTH = 32_768;
/** Marks the revocations that reserve a name for the owner. Names of devices have no slash. */
const OWNER_ONLY = 'owner-only/';

/** Loads the earlier revocations, and creates the signer and checker of tokens. */
export async function createDeviceAuth(options: DeviceAuthOptions): Promise<DeviceAuth> {
  const { clock, revocations, keys } = options;
  // Sorted by time, so that outdated entries are at the front.
  const revoked = new Map<string, number>();
  /** The latest time in any token or revocation so far. With it, a clock that is set back neither revives nor ends a token. */
  let latest = 0;

  /** Notes a revocation that was stored. */
  function note(name: string, at: number): void {
    latest = Math.max(latest, at);
    if (at <= (revoked.get(name) ?? 0)) return;
    revoked.delete(name);
    revoked.set(name, at);
  }

  /** Tokens are dated early and revocations late, so that every earlier token ends, on whichever node it was signed. */
  function time(): TimeSpan {
    const now = clock.now();
    return revocations.time?.() ?? { earliest: now, latest: now };
  }

  revocations.onChange(note);
  for (const [name, at] of [...(await revocations.load())].sort(([, a], [, b]) => a - b)) note(name, at);

  return {
    async sign({ name, groups, manage }) {
      const now = time().earliest;
      const issued = Math.max(now, (revoked.get(name) ?? 0) + 1);
      latest = Math.max(latest, issued);
      const claims = {
        name,
        group: groups.join(','),
        groups,
        manage,
        iat: issued / 1000,
        exp: Math.floor(now / 1000) + LIFETIME_S,
      };
      const signed = `${HEADER}.${base64url(claims)}`;
      const [own] = keys();
      if (own === undefined) throw new Error('there is no key for the tokens of devices');
      return `${signed}.${createHmac('sha256', own.key).update(signed).digest('base64url')}`;
    },

    async verify(jwt) {
      if (typeof jwt !== 'string') throw refusal('jwt must be a string');
      if (jwt.length > MAX_LENGTH) throw refusal('jwt malformed');
      const [{ name, groups, manage, issued, expires }, id] = await readWithAny(jwt);
      latest = Math.max(latest, issued);
      const checkRevoked = () => {
        if (issued <= (revoked.get(name) ?? 0)) throw new RelayError('revoked', 'jwt revoked');
      };
      checkRevoked();
      return {
        name,
        groups,
        manage,
        check() {
          if (expires <= Math.floor(clock.now() / 1000)) throw refusal('jwt expired');
          if (!keys().some((key) => key.id === id)) throw refusal('invalid signature');
          checkRevoked();
        },
      };
    },

    async revoke(name, ownerOnly = false) {
      const now = time().latest;
      // A token signed since the last revocation of the name, on another node, may be dated right after it.
      const at = Math.max(now, latest, (revoked.get(name) ?? 0) + 1);
      latest = at;
      const names = ownerOnly ? [name, OWNER_ONLY + name] : [name];
      for (const entry of names) {
        revoked.delete(entry);
        revoked.set(entry, at);
      }
      for (const [old, when] of revoked) {
        if (when + LIFETIME_MS >= now) break;
        revoked.delete(old);
      }
      await Promise.all(names.map((entry) => revocations.put(entry, at, LIFETIME_MS)));
    },

    wasRevoked: (name) => revoked.has(name),

    isOwnerOnly(name) {
      const at = revoked.get(OWNER_ONLY + name);
      return at !== undefined && at >= (revoked.get(name) ?? 0);
    },
  };

  /** Tries the keys in their order. @returns the claims, and the id of the key */
  async function readWithAny(jwt: string): Promise<readonly [claims: Claims, id: string]> {
    const all = keys();
    for (const [index, { id, key }] of all.entries()) {
      try {
        return [await readClaims(jwt, key), id];
      } catch (error) {
        const isOther = error instanceof RelayError && error.cause instanceof errors.JWSSignatureVerificationFailed;
        if (!isOther || index === all.length - 1) throw error;
      }
    }
    throw refusal('invalid signature');
  }

  async function readClaims(jwt: string, key: KeyObject): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(jwt, key, { algorithms: ['HS256'], currentDate: new Date(clock.now()) });
      const { name, groups, manage, iat, exp = Number.POSITIVE_INFINITY } = payload;
      if (typeof name === 'string' && isTexts(groups) && typeof iat === 'number') {
        return {
          name,
          groups,
          manage: typeof manage === 'string' ? manage : undefined,
          issued: Math.round(iat * 1000),
          expires: exp,
        };
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
