// Signatures of the Pusher protocol: who may join a channel, who a user is, who may publish. Pure; no wire formats.
import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA256 as 64 lowercase hex digits. */
export function sign(secret: string, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares a digest of our own with what was shown, in constant time. */
export function sameDigest(own: string, shown: string): boolean {
  return /^[0-9a-f]{64}$/.test(shown) && timingSafeEqual(Buffer.from(own), Buffer.from(shown));
}

/** The text that is signed for a subscription; `channelData` exactly as it was received. */
export function channelText(socketId: string, channel: string, channelData?: string): string {
  return channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`;
}

/** The text that is signed for a user. */
export function userText(socketId: string, userData: string): string {
  return `${socketId}::user::${userData}`;
}

/** Longest `auth` that is looked at. */
const MAX_AUTH = 512;

/**
 * Checks an `auth` of the form `key:digest`.
 * @param secretOf the secret of an active key of the app, or undefined
 * @returns `key` when the key is unknown or the form is wrong, `digest` when another text or secret was signed
 */
export function checkAuth(
  secretOf: (key: string) => string | undefined,
  auth: unknown,
  text: string,
): 'ok' | 'key' | 'digest' {
  if (typeof auth !== 'string' || auth.length > MAX_AUTH) return 'key';
  const colon = auth.indexOf(':');
  const secret = colon < 0 ? undefined : secretOf(auth.slice(0, colon));
  if (secret === undefined) return 'key';
  return sameDigest(sign(secret, text), auth.slice(colon + 1)) ? 'ok' : 'digest';
}

/** A signed HTTP request. `paths`: the path as it was sent, and how else its sender may have known it. */
export interface SignedRequest {
  readonly method: string;
  readonly paths: readonly string[];
  /** What stands behind the first `?`, as it was sent. */
  readonly query: string;
  readonly body: Buffer;
}

/**
 * Why a request is refused; `given` is its time in seconds since 1970, undefined when it is none; `text` is the text that
 * should have been signed.
 */
export type SignatureRefusal =
  | { readonly reason: 'missing' | 'version' | 'key' | 'body' }
  | { readonly reason: 'timestamp'; readonly given: number | undefined }
  | { readonly reason: 'digest'; readonly text: string };

/** The parameters of a query, percent-decoded. `+` stays what it is, and so does an escape that is none. */
export function readPairs(query: string): [key: string, value: string][] {
  return rawPairs(query).map(([key, value]) => [decodePercent(key), decodePercent(value)]);
}

/** Percent-decodes; what cannot be decoded stays as it is. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rawPairs(query: string): [string, string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}

/** More parameters than any request of the API has. */
const MAX_PARAMETERS = 200;

/**
 * Checks a request of the HTTP API.
 * @param nowSec seconds since 1970
 * @param skewSec how far the sender's clock may be off
 * @returns undefined when it is signed by an active key
 */
export function checkRequest(
  { method, paths, query, body }: SignedRequest,
  secretOf: (key: string) => string | undefined,
  nowSec: number,
  skewSec: number,
): SignatureRefusal | undefined {
  const raw = rawPairs(query);
  if (raw.length > MAX_PARAMETERS) return { reason: 'missing' };
  const decoded: [string, string][] = raw.map(([key, value]) => [decodePercent(key), decodePercent(value)]);
  const auth = authOf(decoded);
  if (auth === undefined) return { reason: 'missing' };
  if (auth.version !== '1.0') return { reason: 'version' };
  const secret = secretOf(auth.key);
  if (secret === undefined) return { reason: 'key' };
  const given = /^\d{1,12}$/.test(auth.timestamp) ? Number(auth.timestamp) : undefined;
  if (given === undefined || Math.abs(nowSec - given) > skewSec) return { reason: 'timestamp', given };
  if (body.length > 0 || auth.md5 !== '') {
    if (hash('md5', body) !== auth.md5) return { reason: 'body' };
  }
  const tried: string[] = [];
  for (const text of textsToSign(method, paths, decoded, raw)) {
    if (tried.includes(text)) continue;
    if (sameDigest(sign(secret, text), auth.signature)) return undefined;
    tried.push(text);
  }
  return { reason: 'digest', text: tried[0] ?? '' };
}

/** The auth parameters; undefined when one is missing or stands there twice. */
function authOf(pairs: readonly [string, string][]) {
  const found = new Map<string, string>();
  for (const [key, value] of pairs) {
    const name = key.toLowerCase();
    if (!name.startsWith('auth_') && name !== 'body_md5') continue;
    if (found.has(name)) return undefined;
    found.set(name, value);
  }
  const get = (name: string) => found.get(name) ?? '';
  const auth = {
    key: get('auth_key'),
    timestamp: get('auth_timestamp'),
    version: get('auth_version'),
    signature: get('auth_signature'),
    md5: get('body_md5'),
  };
  return auth.key === '' || auth.timestamp === '' || auth.version === '' || auth.signature === '' ? undefined : auth;
}

/**
 * Every text that the sender may have signed, with repeats; the first is that of every well-behaved sender. The
 * documentation lowers the keys and then sorts; the SDK for Node sorts what it was given, and signs paths and values
 * before its URL class rewrites them.
 */
function* textsToSign(
  method: string,
  paths: readonly string[],
  decoded: readonly [string, string][],
  raw: readonly [string, string][],
): Generator<string> {
  for (const pairs of [decoded, raw]) {
    for (const lower of [true, false]) {
      const query = joinQuery(pairs, lower);
      for (const path of paths) {
        yield `${method}\n${path}\n${query}`;
        yield `${method}\n${decodePercent(path)}\n${query}`;
      }
    }
  }
}

function joinQuery(pairs: readonly [string, string][], lower: boolean): string {
  return pairs
    .map(([key, value]): [string, string] => [lower ? key.toLowerCase() : key, value])
    .filter(([key]) => key.toLowerCase() !== 'auth_signature')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
}
