// Encrypts a push for one browser: aes128gcm with one record (RFC 8291, RFC 8188).
import { createCipheriv, createECDH, createHmac, type ECDH, randomFillSync } from 'node:crypto';

/** The keys of a subscription. */
export interface SubscriptionKeys {
  /** The uncompressed point of the browser, 65 bytes. */
  readonly p256dh: Buffer;
  /** 16 bytes. */
  readonly auth: Buffer;
}

/** What makes one encryption differ from every other. Tests name it; otherwise it is random. */
export interface Freshness {
  /** With the key pair of this message. */
  readonly ecdh: ECDH;
  /** 16 bytes. */
  readonly salt: Buffer;
}

/** The record size that the header names, which the only record need not fill. All libraries name this one. */
const RECORD_SIZE = 4096;
const SALT = 16;
const POINT = 65;
/** The salt, the record size, the length of the key, and the key. */
const HEADER = SALT + 4 + 1 + POINT;
/** The byte after the plaintext of the last record. */
const LAST = Buffer.of(2);
/** HKDF numbers its blocks, and each value here fits into the first. */
const FIRST_BLOCK = Buffer.of(1);
const PUSH_INFO = Buffer.from('WebPush: info\0');
const KEY_INFO = Buffer.from('Content-Encoding: aes128gcm\0\u0001');
const NONCE_INFO = Buffer.from('Content-Encoding: nonce\0\u0001');

/** Holds one key pair at a time. Making the object costs as much as making a pair. */
const sender = createECDH('prime256v1');

/** The body of a push. Each call uses a key pair of its own, as RFC 8291 asks for. */
export function encrypt(keys: SubscriptionKeys, plaintext: Buffer, fresh?: Freshness): Buffer {
  const ecdh = fresh?.ecdh ?? sender;
  const point = fresh === undefined ? sender.generateKeys() : ecdh.getPublicKey();

  const body = Buffer.allocUnsafe(HEADER);
  if (fresh === undefined) randomFillSync(body, 0, SALT);
  else fresh.salt.copy(body);
  body.writeUInt32BE(RECORD_SIZE, SALT);
  body[SALT + 4] = POINT;
  point.copy(body, SALT + 5);

  const shared = hmac(keys.auth, ecdh.computeSecret(keys.p256dh));
  const secret = createHmac('sha256', shared).update(PUSH_INFO).update(keys.p256dh).update(point).update(FIRST_BLOCK);
  const derived = hmac(body.subarray(0, SALT), secret.digest());
  const key = hmac(derived, KEY_INFO).subarray(0, 16);
  const nonce = hmac(derived, NONCE_INFO).subarray(0, 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  return Buffer.concat([body, cipher.update(plaintext), cipher.update(LAST), cipher.final(), cipher.getAuthTag()]);
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
