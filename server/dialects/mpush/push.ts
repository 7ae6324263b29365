// REGISTER_WEBPUSH and REGISTER_FCM: a device tells how push services reach it.

import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { field, optionalText, type Packet, requiredText } from './packets.ts';
import type { DevicesPort } from './ports.ts';

/**
 * Reads a registration and gives the device its route. Old clients send a browser's subscription as REGISTER_FCM, so the
 * shape decides: an endpoint is web push, a token is FCM.
 *
 * @param proof throws once the caller may not speak for the device any more: checking an address takes time, in which the
 * device may be removed or its name be taken over
 * @throws RelayError `invalid` with mpush's text for a missing field, or a sentence when that push is switched off or
 * does not take the address
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
