// The relay's VAPID keys. They prove to push services that this is the relay that a browser subscribed to.
import { createECDH, generateKeyPairSync } from 'node:crypto';

/** Both base64url: the uncompressed point (65 bytes) and the scalar (32 bytes). */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new private key for the secret store. The public key follows from it. */
export function newVapidKey(): string {
  const { d = '' } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ format: 'jwk' });
  return d;
}

/** Both keys, from the private one. */
export function vapidKeys(privateKey: string): VapidKeys {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey, 'base64url');
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey };
}
