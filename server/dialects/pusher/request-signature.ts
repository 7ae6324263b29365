// Checks the signature of a request of Pusher's HTTP API, which covers its method, path, query and body.
import { hash } from 'node:crypto';
import { hmacHex, sameDigest } from '../../base/hmac.ts';

/** A signed HTTP request. `paths` are the path as it was sent, and other forms in which its sender may have signed it. */
export interface SignedRequest {
  readonly method: string;
  readonly paths: readonly string[];
  /** Everything behind the first `?`, not decoded. */
  readonly query: string;
  readonly hasBody: boolean;
}

/** A query with a valid signature. It covers the body through the body's digest. */
export interface SignedQuery {
  readonly key: string;
  /** The MD5 digest of the body; `""` if the query has none. */
  readonly md5: string;
  /** The decoded parameters that do not belong to the signature, in order. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/**
 * Why a request is refused. `given` is its timestamp in seconds since 1970, undefined when it is not a number. `text` is the
 * text that should have been signed.
 */
export type SignatureRefusal =
  | { readonly reason: 'missing' | 'version' | 'key' | 'body' }
  | { readonly reason: 'timestamp'; readonly given: number | undefined }
  | { readonly reason: 'digest'; readonly text: string };

/** The percent-decoded parameters of a query. `+` and invalid escapes stay as they are. */
export function readPairs(query: string): [key: string, value: string][] {
  return rawPairs(query).map(([key, value]) => [decodePercent(key), decodePercent(value)]);
}

/** Percent-decodes a text; returns it unchanged when that is impossible. */
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

/** How many parameters a query may have. No request of the API needs as many. */
const MAX_PARAMETERS = 200;

/**
 * Checks everything about a request that can be checked before its body is read. {@link isBodyOf} checks the body.
 * @param nowSec seconds since 1970
 * @param skewSec how far the sender's clock may be off
 */
export function checkQuery(
  { method, paths, query, hasBody }: SignedRequest,
  secretOf: (key: string) => string | undefined,
  nowSec: number,
  skewSec: number,
): SignatureRefusal | SignedQuery {
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
  if (hasBody && auth.md5 === '') return { reason: 'body' };
  const tried: string[] = [];
  for (const text of textsToSign(method, paths, decoded, raw)) {
    if (tried.includes(text)) continue;
    if (sameDigest(hmacHex(secret, text), auth.signature)) {
      return { key: auth.key, md5: auth.md5, parameters: decoded.filter(([name]) => !isSignature(name)) };
    }
    tried.push(text);
  }
  return { reason: 'digest', text: tried[0] ?? '' };
}

/** Whether this is the body that was signed. */
export function isBodyOf(body: Buffer, { md5 }: Pick<SignedQuery, 'md5'>): boolean {
  return (body.length === 0 && md5 === '') || hash('md5', body) === md5;
}

/** Whether a parameter belongs to the signature of a request. */
function isSignature(name: string): boolean {
  return /^(?:auth_|body_md5$)/i.test(name);
}

/** The auth parameters; undefined when one is missing or given twice. */
function authOf(pairs: readonly [string, string][]) {
  const found = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (!isSignature(key)) continue;
    const name = key.toLowerCase();
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
 * Every text that the sender may have signed; may repeat some. The first follows the documentation: it lowercases the keys,
 * then sorts. The SDK for Node does not lowercase, and signs paths and values before its URL class rewrites them.
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
