// The relay's VAPID keys and what it signs with them (RFC 8292). They prove to push services that this is the relay that a
// browser subscribed to.
import { createECDH, generateKeyPairSync } from 'node:crypto';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { Clock } from '../../base/clock.ts';
import { load } from '../../outbound/load.ts';

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

/** Returns the library. The first call loads it, since many relays need it late or never. */
export function loadWebPush(): typeof import('web-push') {
  return load('web-push') as typeof import('web-push');
}

/** How long a token is used, in ms. The library makes them valid for 12 h; services refuse more than 24 h. */
const USED_FOR = 6 * 3_600_000;
/** Devices choose their push services, so their number needs a bound. */
const MAX_SERVICES = 1000;

/** The `Authorization` headers of one relay. */
export interface VapidHeaders {
  /** The header for a push service, named by its origin. It is signed once and used for hours. */
  of(origin: string): string;
  /** Call this when the service refused the header: the next call of `of` signs a new one. */
  renew(origin: string): void;
}

/** Makes the headers. The first call of `of` loads the library, since many relays need it late or never. */
export function createVapidHeaders(subject: string, keys: VapidKeys, clock: Clock): VapidHeaders {
  const signed = new BoundedMap<string, { readonly header: string; readonly at: number }>(clock, {
    maxEntries: MAX_SERVICES,
  });
  return {
    of(origin) {
      const known = signed.get(origin);
      // By wall-clock time, as the service checks it: if the clock was set, the token may be too old or from the future.
      const age = known === undefined ? Number.NaN : clock.now() - known.at;
      if (known !== undefined && age >= 0 && age < USED_FOR) return known.header;
      const { publicKey, privateKey } = keys;
      const { Authorization: header } = loadWebPush().getVapidHeaders(
        origin,
        subject,
        publicKey,
        privateKey,
        'aes128gcm',
      );
      signed.set(origin, { header, at: clock.now() });
      return header;
    },
    renew(origin) {
      signed.delete(origin);
    },
  };
}
