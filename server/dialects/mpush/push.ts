// REGISTER_WEBPUSH and REGISTER_FCM: a device says how push services reach it.

import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { field, optionalText, type Packet, requiredText } from './packets.ts';
import type { DevicesPort } from './ports.ts';

/**
 * Reads a registration and gives the device its route. Old clients send a browser's subscription as REGISTER_FCM, so the
 * shape decides: an endpoint is web push, a token is FCM.
 *
 * @param proof throws once the caller may no longer speak for the device. Checking an address takes time, and meanwhile the
 * device may be removed or another may take over its name
 * @throws RelayError `invalid` with mpush's text for a missing field, or with a text of Herald's when that kind of push is
 * off or refuses the address
 */
export async function registerPush(
  packet: Packet,
  name: string,
  devices: Pick<DevicesPort, 'addRoute'>,
  proof: (() => unknown) | undefined,
): Promise<void> {
  const isWebPush = packet.cmd === 'REGISTER_WEBPUSH' || field(packet.data, 'endpoint') !== undefined;
  const [transport, address] = isWebPush ? readSubscription(packet.data) : readToken(packet.data);
  if (await devices.addRoute(name, transport, address, proof)) return;
  throw new RelayError(
    'invalid',
    isWebPush
      ? 'Web push is switched off on this server: webpush.enabled is false in its config.json'
      : 'FCM is switched off on this server: set fcm.serviceAccount in its config.json',
  );
}

function readSubscription(data: unknown): [string, unknown] {
  const endpoint = requiredText(data, 'endpoint');
  const keys = field(data, 'keys');
  if (!isObject(keys)) throw new RelayError('invalid', 'keys property is required');
  const [auth, p256dh] = [optionalText(keys, 'auth'), optionalText(keys, 'p256dh')];
  if (auth === '' || p256dh === '') throw new RelayError('invalid', 'keys.auth and keys.p256dh are required');
  return ['webpush', { endpoint, keys: { auth, p256dh } }];
}

function readToken(data: unknown): [string, unknown] {
  return ['fcm', { token: requiredText(data, 'token') }];
}
