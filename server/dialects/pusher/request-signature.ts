// Checks the signature of a request of Pusher's HTTP API, which covers its method, path, query and body.
import { hash } from 'node:crypto';
import { hmacHex, sameDigest } from '../../base/hmac.ts';
import { decodePercent, formsToSign, readSignedQuery } from './signed-query.ts';

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
  const signed = readSignedQuery(query);
  if (signed === undefined) return { reason: 'missing' };
  const { key, timestamp, version, signature, md5, others, asSigned } = signed;
  if (version !== '1.0') return { reason: 'version' };
  const secret = secretOf(key);
  if (secret === undefined) return { reason: 'key' };
  const given = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : undefined;
  if (given === undefined || Math.abs(nowSec - given) > skewSec) return { reason: 'timestamp', given };
  if (hasBody && md5 === '') return { reason: 'body' };
  const isSigned = (text: string) => sameDigest(hmacHex(secret, text), signature);
  // Nearly every request is signed like this. The others are looked at one by one.
  if (asSigned !== undefined && isSigned(`${method}\n${paths[0]}\n${asSigned}`))
    return { key, md5, parameters: others };
  const tried: string[] = [];
  for (const text of textsToSign(method, paths, query)) {
    if (tried.includes(text)) continue;
    if (isSigned(text)) return { key, md5, parameters: others };
    tried.push(text);
  }
  return { reason: 'digest', text: tried[0] ?? '' };
}

/** Whether this is the body that was signed. */
export function isBodyOf(body: Buffer, { md5 }: Pick<SignedQuery, 'md5'>): boolean {
  return (body.length === 0 && md5 === '') || hash('md5', body) === md5;
}

/** Every text that the sender may have signed, the documented one first. May repeat some. */
function* textsToSign(method: string, paths: readonly string[], query: string): Generator<string> {
  for (const form of formsToSign(query)) {
    for (const path of paths) {
      yield `${method}\n${path}\n${form}`;
      yield `${method}\n${decodePercent(path)}\n${form}`;
    }
  }
}
