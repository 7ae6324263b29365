// VAPID (RFC 8292) as a push service checks it.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const MAX_LIFETIME_S = 24 * 60 * 60;

/** The refusal of a request: the status of the answer, and a stable word for what was wrong. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

// RFC 8292, section 4.2: 401 when the credentials are absent, 403 when they are invalid.
const missing = (reason: string, message: string) => new Refusal(401, reason, message);
const invalid = (reason: string, message: string) => new Refusal(403, reason, message);

/** Base64url or base64, padded or not; null for anything else. */
export function fromBase64(text: unknown): Buffer | null {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, 'base64');
}

/** A raw, uncompressed P-256 point (65 bytes) as a key, or null if it is no such point. */
export function p256PublicKey(raw: Buffer | null): KeyObject | null {
  if (raw === null || raw.length !== 65 || raw[0] !== 4) return null;
  const [x, y] = [raw.subarray(1, 33).toString('base64url'), raw.subarray(33).toString('base64url')];
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  } catch {
    return null;
  }
}

/** "a=1, b=2; c=3" as a map, names in lower case, quotes dropped. */
export function parseParams(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of text.split(/[;,]/)) {
    const at = part.indexOf('=');
    const value = part.slice(at + 1).trim();
    if (at > 0) params.set(part.slice(0, at).trim().toLowerCase(), value.replace(/^"|"$/g, ''));
  }
  return params;
}

/** Two forms are in use: RFC 8292's, and the older draft's with the key in Crypto-Key (sent with aesgcm). */
function credentials(authorization: string, cryptoKey: string): { token: string; key: string } {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.+)$/.exec(authorization.trim()) ?? [];
  switch (scheme.toLowerCase()) {
    case 'vapid': {
      const params = parseParams(rest);
      const [token, key] = [params.get('t'), params.get('k')];
      if (token === undefined) throw invalid('no_token', 'vapid parameter t is missing');
      if (key === undefined) throw invalid('no_key', 'vapid parameter k is missing');
      return { token, key };
    }
    case 'webpush':
    case 'bearer': {
      const key = parseParams(cryptoKey).get('p256ecdsa');
      if (key === undefined) throw invalid('no_key', 'Crypto-Key has no p256ecdsa');
      return { token: rest.trim(), key };
    }
    default:
      throw invalid('unknown_scheme', 'unknown authorization scheme');
  }
}

type Claims = Readonly<Record<string, unknown>>;

function readPart(part: string | undefined): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Claims;
  } catch {
    // The check below refuses it.
  }
  throw invalid('bad_token', 'the VAPID token is not a JWT');
}

/** What the check of a request needs. */
export interface VapidCheck {
  readonly headers: IncomingHttpHeaders;
  /** The origins at which this push resource is reachable. */
  readonly origins: readonly string[];
  /** Null for an unrestricted subscription. */
  readonly subscriptionKey: Buffer | null;
  readonly nowMs: number;
  /** Some services refuse a JWT without `sub`. */
  readonly requireSub: boolean;
}

/** The claims of the JWT; null if the subscription is unrestricted and the request has none. @throws Refusal */
export function checkVapid({ headers, origins, subscriptionKey, nowMs, requireSub }: VapidCheck): Claims | null {
  if (headers.authorization === undefined) {
    if (subscriptionKey === null) return null;
    throw missing('no_authorization', 'this subscription is restricted to an application server key');
  }
  const { token, key } = credentials(headers.authorization, String(headers['crypto-key'] ?? ''));

  const rawKey = fromBase64(key);
  const publicKey = p256PublicKey(rawKey);
  if (publicKey === null) throw invalid('bad_key', 'the VAPID key is not an uncompressed P-256 point');

  const parts = token.split('.');
  if (parts.length !== 3) throw invalid('bad_token', 'the VAPID token is not a JWT');
  const claims = readPart(parts[1]);
  if (readPart(parts[0])['alg'] !== 'ES256') throw invalid('bad_alg', 'the VAPID token must be signed with ES256');

  const signature = Buffer.from(parts[2] ?? '', 'base64url');
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  const verified =
    signature.length === 64 && verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  if (!verified) throw invalid('bad_signature', 'the VAPID signature does not verify');

  const { aud, exp, sub } = claims as { aud?: unknown; exp?: unknown; sub?: unknown };
  if (![aud].flat().some((one) => typeof one === 'string' && origins.includes(one))) {
    throw invalid('bad_aud', `aud ${JSON.stringify(aud)} is not ${origins.join(' or ')}`);
  }
  const nowS = nowMs / 1000;
  if (typeof exp !== 'number') throw invalid('no_exp', 'exp is missing or not a number');
  if (exp <= nowS) throw invalid('expired', 'the VAPID token has expired');
  if (exp > nowS + MAX_LIFETIME_S) throw invalid('exp_too_far', 'exp is more than 24 hours away');
  if (requireSub && !/^(?:mailto:|https:)./.test(String(sub ?? ''))) {
    throw invalid('bad_sub', 'sub must be a mailto: or https: URL');
  }
  if (subscriptionKey !== null && rawKey !== null && !subscriptionKey.equals(rawKey)) {
    throw invalid('key_mismatch', 'the VAPID key is not the one the subscription was made with');
  }
  return claims;
}
