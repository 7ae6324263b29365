// Signatures of the Pusher protocol for sockets: who may join a channel, and who a user is. Requests of the HTTP API are
// signed in another way, see request-signature.ts.
import { hmacHex, sameDigest } from '../../base/hmac.ts';

/** The text that is signed for a subscription. @param channelData exactly as it was received */
export function channelText(socketId: string, channel: string, channelData?: string): string {
  return channelData === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`;
}

/** The text that is signed for a user. */
export function userText(socketId: string, userData: string): string {
  return `${socketId}::user::${userData}`;
}

/** Longest `auth` that is checked, in characters. */
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
  return sameDigest(hmacHex(secret, text), auth.slice(colon + 1)) ? 'ok' : 'digest';
}
