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
 * Makes a digest function with a random key of its own, for comparing a secret with what a caller shows. Compare the
 * two digests with {@link sameBytes}: this hides the length of the secret and how much of it was right.
 */
export function createBlindDigest(): (text: string) => Buffer {
  // The key has a fixed length and no digest leaves the process, so a plain hash is as safe as an HMAC, at a third of
  // the cost.
  const key = randomBytes(32).toString('hex');
  return (text) => hash('sha256', key + text, 'buffer');
}
