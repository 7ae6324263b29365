// HMAC-SHA256, which Pusher, webhooks and webman use for signatures.
import { createHmac } from 'node:crypto';
import { sameBytes } from './digest.ts';

/** The HMAC-SHA256 of a text as 64 lowercase hex digits. */
export function hmacHex(secret: string, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares our own digest with the one that a caller shows, in constant time. */
export function sameDigest(own: string, shown: string): boolean {
  return sameBytes(Buffer.from(own), Buffer.from(shown));
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits that no one can make from the text without the secret. @param length at most 80 */
export function hmacLetters(secret: string, text: string, length: number): string {
  let rest = BigInt(`0x${createHmac('sha512', secret).update(text).digest('hex')}`);
  let made = '';
  for (let count = 0; count < length; count += 1) {
    made += LETTERS.charAt(Number(rest % BigInt(LETTERS.length)));
    rest /= BigInt(LETTERS.length);
  }
  return made;
}
