// Digests, and comparisons whose duration reveals nothing about a secret.
import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The SHA-256 of all parts, concatenated. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Whether two byte strings are equal. The time that it takes depends only on their lengths. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Makes a digest function for comparing a secret with what a caller shows. Compare the two digests with {@link sameBytes}:
 * this hides the length of the secret and how much of it was right.
 * @param key of a fixed length and secret; by default a random one
 */
export function createBlindDigest(key = randomBytes(32).toString('hex')): (text: string) => Buffer {
  // A plain hash after a key of fixed length tells no more than an HMAC to someone who does not have the key, at a third
  // of the cost.
  return (text) => hash('sha256', key + text, 'buffer');
}
