// The relay's VAPID keys: they prove to push services that it is this relay which a browser subscribed to.
import { createECDH, generateKeyPairSync } from 'node:crypto';

/** Both base64url: the uncompressed point of 65 bytes, and the scalar of 32. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new private key for the store of secrets; the public one follows from it. */
export function newVapidKey(): string {
  const { d = '' } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ format: 'jwk' });
  return d;
}

/** Both keys from the private one. */
export function vapidKeys(privateKey: string): VapidKeys {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey, 'base64url');
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey };
}
