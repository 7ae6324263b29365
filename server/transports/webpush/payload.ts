// What is encrypted for a browser: the MESSAGE packet, padded so that its length tells little.
import { createHmac } from 'node:crypto';
import type { Message } from '../../../shared/message.ts';
import { messageText } from '../shorten.ts';

/** The plaintext that fills the 4,096 bytes which every push service must take (RFC 8291, section 4). */
export const MAX_PAYLOAD = 3993;
/** The plaintext for a push service that found the first one too large. */
export const SHORT_PAYLOAD = 2048;
/** Every plaintext has one of these lengths, in bytes. */
const SIZES = [512, 1024, SHORT_PAYLOAD, 3072, MAX_PAYLOAD];

const OPENING = '{"cmd":"MESSAGE","data":';
const CLOSING = '}';

/** The packet in at most `limit` bytes; spaces after its end, which JSON allows, fill it up to a fixed size. */
export function payloadOf(message: Message, limit = MAX_PAYLOAD): Buffer {
  const text = OPENING + messageText(message, limit - OPENING.length - CLOSING.length) + CLOSING;
  const bytes = Buffer.byteLength(text);
  const padded = Math.min(limit, SIZES.find((size) => size >= bytes) ?? bytes);
  return Buffer.from(text + ' '.repeat(padded - bytes));
}

/** `Topic` for a message key: 32 characters that tell a push service nothing about it (RFC 8030, section 5.4). */
export function topicOf(key: string | undefined, secret: string): string | undefined {
  if (key === undefined) return undefined;
  return createHmac('sha256', secret).update(key).digest('base64url').slice(0, 32);
}
