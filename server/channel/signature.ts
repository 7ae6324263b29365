// Signatures of the Pusher protocol: who may join a channel, and who a user is. Pure; no wire formats. Who may publish is
// request-signature.ts's.
import { createHmac, timingSafeEqual } from 'node:crypto';

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
