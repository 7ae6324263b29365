// Random keys of a relay.
import { randomBytes } from 'node:crypto';

/** Makes a key of so many random bytes as text. */
export const randomKey = (bytes: number) => (): string => randomBytes(bytes).toString('base64url');
