// End-to-end encryption of messages: the relay sees only who gets a message, a hash of its key, and its priority. The page,
// the service worker and the commands share this file and Web Crypto. Not here: where keys are kept.
import type { WireBody } from './content.ts';
import { isObject, type JsonObject, ownValue } from './object.ts';
import { type Encrypted, readEncrypted } from './sealed.ts';

/** A secret as it is imported: it encrypts, decrypts, and hashes the keys of alerts. Its bytes cannot be read again. */
export interface SealKey {
  /** Tells the keys of a person apart, and says nothing about the secret. */
  readonly kid: string;
  readonly cipher: object;
  readonly mac: object;
}

/** A passphrase of the Bark app, whose senders encrypt with its bytes. */
export interface BarkKey {
  /** AES-GCM if senders use it so, AES-CBC otherwise. */
  readonly gcm: object;
  readonly cbc: object;
}

/** What receivers without the key read. */
export const ENCRYPTED_TEXT = 'Encrypted message';
/** In bytes. */
export const SECRET_BYTES = 32;
const IV_BYTES = 12;
const HASH_CHARACTERS = 22;
const KID_CHARACTERS = 11;
/** The lengths of keys of AES. */
const AES_BYTES = [16, 24, 32];

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Reads base64 in either alphabet, padded or not; undefined if it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** A new secret. */
export function newSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

async function hash(mac: object, text: string, length: number): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', mac, encoder.encode(text)))).slice(0, length);
}

/** Imports a secret. @throws TypeError if it has another length */
export async function importSecret(secret: Uint8Array): Promise<SealKey> {
  if (secret.length !== SECRET_BYTES) throw new TypeError(`a key has ${SECRET_BYTES} bytes`);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const root = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
  // Another secret for each purpose, as one key for two algorithms would need a proof.
  const derived = await crypto.subtle.sign('HMAC', root, encoder.encode('herald e2e alert keys'));
  const [cipher, mac, kid] = await Promise.all([
    crypto.subtle.importKey('raw', secret, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']),
    crypto.subtle.importKey('raw', new Uint8Array(derived), hmac, false, ['sign']),
    hash(root, 'herald e2e key id', KID_CHARACTERS),
  ]);
  return { kid, cipher, mac };
}

/** Encrypts the content of a message. Its priority stays readable, and its key becomes a hash. */
export async function seal({ kid, cipher, mac }: SealKey, body: WireBody): Promise<WireBody> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = encoder.encode(JSON.stringify(body));
  const ct = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, plain));
  const encrypted: Encrypted = { alg: 'A256GCM', kid, iv: toBase64Url(iv), ct: toBase64Url(ct) };
  const priority = ownValue(body.extra, 'priority');
  const key = ownValue(body.extra, 'key');
  return {
    text: ENCRYPTED_TEXT,
    desp: '',
    extra: {
      encrypted,
      ...(priority === undefined ? {} : { priority }),
      ...(key === undefined ? {} : { key: await hash(mac, String(key), HASH_CHARACTERS) }),
    },
  };
}

function readBody(plain: ArrayBuffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(plain));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function decrypt(algorithm: object, key: object, bytes: Uint8Array): Promise<JsonObject | undefined> {
  try {
    return readBody(await crypto.subtle.decrypt(algorithm, key, bytes));
  } catch {
    // A wrong key, or a message that someone has changed.
    return undefined;
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/**
 * Decrypts the content of a message; undefined if it is not encrypted, the key is missing, or someone has changed it. The
 * key of the alert stays the hash that the relay knows, so that the relay can clear it.
 */
export async function unseal(keys: readonly SealKey[], { extra }: WireBody): Promise<WireBody | undefined> {
  const encrypted = readEncrypted(extra);
  const key = keys.find(({ kid }) => kid === encrypted?.kid);
  if (encrypted === undefined || key === undefined) return undefined;
  const [iv, ct] = [fromBase64(encrypted.iv), fromBase64(encrypted.ct)];
  if (iv?.length !== IV_BYTES || ct === undefined) return undefined;
  const body = await decrypt({ name: 'AES-GCM', iv }, key.cipher, ct);
  if (body === undefined) return undefined;
  const inner = ownValue(body, 'extra');
  const alert = ownValue(extra, 'key');
  return {
    text: textOf(ownValue(body, 'text')),
    desp: textOf(ownValue(body, 'desp')),
    extra: { ...(isObject(inner) ? inner : {}), ...(alert === undefined ? {} : { key: alert }) },
  };
}

/** Imports a passphrase of Bark. Undefined unless it has 16, 24 or 32 bytes. */
export async function importBarkKey(passphrase: string): Promise<BarkKey | undefined> {
  const bytes = encoder.encode(passphrase);
  if (!AES_BYTES.includes(bytes.length)) return undefined;
  const [gcm, cbc] = await Promise.all(
    ['AES-GCM', 'AES-CBC'].map((name) => crypto.subtle.importKey('raw', bytes, { name }, false, ['decrypt'])),
  );
  return gcm === undefined || cbc === undefined ? undefined : { gcm, cbc };
}

/** The fields of Bark that become others here. */
const BARK_TEXTS = ['title', 'subtitle', 'body', 'markdown'];

/** Decrypts what a sender of Bark has encrypted. ECB is not possible in browsers. @returns undefined as {@link unseal} does */
export async function unsealBark(keys: readonly BarkKey[], { extra }: WireBody): Promise<WireBody | undefined> {
  const [ciphertext, given] = [ownValue(extra, 'ciphertext'), ownValue(extra, 'iv')];
  if (typeof ciphertext !== 'string' || typeof given !== 'string') return undefined;
  const [bytes, iv] = [fromBase64(ciphertext), encoder.encode(given)];
  const name = { 12: 'AES-GCM', 16: 'AES-CBC' }[iv.length];
  if (bytes === undefined || name === undefined) return undefined;
  for (const { gcm, cbc } of keys) {
    const fields = await decrypt({ name, iv }, name === 'AES-GCM' ? gcm : cbc, bytes);
    if (fields === undefined) continue;
    const [title, subtitle, body, markdown] = BARK_TEXTS.map((field) => textOf(ownValue(fields, field)));
    const rest = Object.entries(fields).filter(([field]) => !BARK_TEXTS.includes(field) && field !== 'url');
    const { ciphertext: _, iv: __, ...outer } = extra;
    const url = ownValue(fields, 'url');
    return {
      text: title ?? '',
      desp: [subtitle, markdown || body].filter((part) => part !== '').join('\n\n'),
      extra: {
        ...outer,
        ...Object.fromEntries(rest),
        ...(markdown === '' ? { markdown: 0 } : {}),
        ...(url === undefined ? {} : { click: url }),
      },
    };
  }
  return undefined;
}
