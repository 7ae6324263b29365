// HMAC-SHA256, as Pusher, webhooks and webman sign with it.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The HMAC-SHA256 of a text as 64 lowercase hex digits. */
export function hmacHex(secret: string, text: string | Buffer): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares a digest of our own with a digest that was shown, in constant time. */
export function sameDigest(own: string, shown: string): boolean {
  return /^[0-9a-f]{64}$/.test(shown) && timingSafeEqual(Buffer.from(own), Buffer.from(shown));
}
