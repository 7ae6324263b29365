// Disconnects a device.

import type { World } from '../world.ts';
import { eventually } from './eventually.ts';
import type { TestSocket } from './socket.ts';

/** Closes the socket of a device, and returns when the relay has noticed that the device is away. */
export async function leave(relay: World, name: string, socket: TestSocket): Promise<void> {
  const isOnline = async () => {
    const { json } = await relay.request('/v1/devices');
    return json.devices.some((device: { name: string; online: boolean }) => device.name === name && device.online);
  };
  socket.ws.close();
  await eventually(`${name} is offline`, async () => !(await isOnline()));
}
