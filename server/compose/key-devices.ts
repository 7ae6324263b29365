// Registers the default devices of keys, so that messages wait for them before they have ever connected.
import type { Key } from '../access/keys.ts';
import { deviceName } from '../delivery/device.ts';
import type { DeviceService } from '../delivery/device-service.ts';

/** Registers the default device of a key. One that exists stays as it is, unless the key names other groups. */
export async function registerKeyDevice(
  { settings: { device, groups } }: Pick<Key, 'settings'>,
  devices: Pick<DeviceService, 'get' | 'register'>,
): Promise<void> {
  if (device === undefined) return;
  const name = deviceName(device, devices);
  const known = devices.get(name);
  // The config says what a webhook is in.
  if (known !== undefined && 'webhook' in known.routes) return;
  const wanted = groups ?? [];
  if (known !== undefined && wanted.every((group) => known.groups.includes(group))) return;
  const all = [...new Set([...(known?.groups ?? []), ...wanted])];
  await devices.register({ name, groups: all, transport: 'websocket', address: {}, secured: known?.secured ?? true });
}

/** Registers those of all keys. */
export async function registerKeyDevices(
  keys: readonly Key[],
  devices: Pick<DeviceService, 'get' | 'register'>,
): Promise<void> {
  for (const key of keys) await registerKeyDevice(key, devices);
}
