// The plaintext for a browser: the MESSAGE packet, padded so that its length reveals little.
import { createHmac } from 'node:crypto';
import type { Message } from '../../../shared/message.ts';
import { messageText } from '../shorten.ts';

/**
 * The longest plaintext whose ciphertext fits into the 4,096 bytes that every push service accepts (RFC 8291, section
 * 4).
 */
export const MAX_PAYLOAD = 3993;
/** The longest plaintext of a second try, for a push service that refuses the first one as too large. */
export const SHORT_PAYLOAD = 2048;
/** Every plaintext has one of these lengths, in bytes. */
const SIZES = [512, 1024, SHORT_PAYLOAD, 3072, MAX_PAYLOAD];

const OPENING = '{"cmd":"MESSAGE","data":';
const CLOSING = '}';

/** The packet in at most `limit` bytes, padded to a fixed size with spaces, which JSON allows at its end. */
export function payloadOf(message: Message, limit = MAX_PAYLOAD): Buffer {
  const text = OPENING + messageText(message, limit - OPENING.length - CLOSING.length) + CLOSING;
  const bytes = Buffer.byteLength(text);
  const padded = Math.min(limit, SIZES.find((size) => size >= bytes) ?? bytes);
  return Buffer.from(text + ' '.repeat(padded - bytes));
}

/** `Topic` for a message key: 32 characters that reveal nothing about the key (RFC 8030, section 5.4). */
export function topicOf(key: string | undefined, secret: string): string | undefined {
  if (key === undefined) return undefined;
  return createHmac('sha256', secret).update(key).digest('base64url').slice(0, 32);
}
