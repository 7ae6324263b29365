// Digests, and comparisons whose time tells nothing about a secret.
import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Whether two byte strings are the same. The time depends on their lengths only. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Makes a digest under a random key that never leaves it, for comparing a secret with what somebody shows: comparing the
 * digests with {@link sameBytes} hides the length of the secret and how much of it was right.
 */
export function createBlindDigest(): (text: string) => Buffer {
  // The key has one length and no digest is shown, so a plain hash does what an HMAC does at a third of the price.
  const key = randomBytes(32).toString('hex');
  return (text) => hash('sha256', key + text, 'buffer');
}
