// Random keys.
import { randomBytes } from 'node:crypto';

/** Makes a function that returns a new key of `bytes` random bytes, as base64url text. */
export const randomKey = (bytes: number) => (): string => randomBytes(bytes).toString('base64url');
