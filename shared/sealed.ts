// Tells encrypted messages from others. The page needs this for every message, and the rest of encryption only for some.
import type { WireBody } from './content.ts';
import { fromJsonText, isObject, type JsonObject, ownValue } from './object.ts';

/** Encrypted content on the wire, in `extra.encrypted`. Texts are base64url. */
export interface Encrypted {
  readonly alg: 'A256GCM';
  readonly kid: string;
  readonly iv: string;
  readonly ct: string;
}

/** Reads what is encrypted in the extras of a message; undefined if nothing is, or if it cannot be read. */
export function readEncrypted(extra: JsonObject): Encrypted | undefined {
  const given = fromJsonText(ownValue(extra, 'encrypted'));
  if (!isObject(given)) return undefined;
  const [alg, kid, iv, ct] = ['alg', 'kid', 'iv', 'ct'].map((name) => ownValue(given, name));
  if (alg !== 'A256GCM' || typeof kid !== 'string' || typeof iv !== 'string' || typeof ct !== 'string')
    return undefined;
  return { alg, kid, iv, ct };
}

/** Whether the content is encrypted, by Herald or by a sender of Bark. */
export function isEncrypted({ extra }: WireBody): boolean {
  return readEncrypted(extra) !== undefined || typeof ownValue(extra, 'ciphertext') === 'string';
}
