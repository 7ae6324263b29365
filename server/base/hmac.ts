// HMAC-SHA256, which Pusher, webhooks and webman use for signatures.
import { createHmac, hash } from 'node:crypto';
import { sameBytes } from './digest.ts';

/** The block of SHA-256, in bytes. */
const BLOCK = 64;
/** Longest text in characters that is hashed in place. A character takes at most three bytes. */
const SHORT = 1365;

const inner = Buffer.alloc(BLOCK + 3 * SHORT);
const outer = Buffer.alloc(BLOCK + 32);

/**
 * The HMAC of a short text by its definition (RFC 2104): two digests, each of the key and something else. Every signed request
 * passes here, and Node's own Hmac costs twice as much, because it is an object that the garbage collector has to end.
 */
function shortHmac(secret: string, text: string): string {
  const size = inner.write(secret);
  for (let at = 0; at < BLOCK; at += 1) {
    const byte = at < size ? (inner[at] ?? 0) : 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  const end = BLOCK + inner.write(text, BLOCK);
  outer.write(hash('sha256', inner.subarray(0, end)), BLOCK, 'hex');
  return hash('sha256', outer);
}

/** The HMAC-SHA256 of a text as 64 lowercase hex digits. */
export function hmacHex(secret: string, text: string | Buffer): string {
  // A longer key is hashed first.
  const isShort = typeof text === 'string' && text.length <= SHORT && 3 * secret.length <= BLOCK;
  return isShort ? shortHmac(secret, text) : createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares our own digest with the one that a caller shows, in constant time. */
export function sameDigest(own: string, shown: string): boolean {
  return sameBytes(Buffer.from(own), Buffer.from(shown));
}
