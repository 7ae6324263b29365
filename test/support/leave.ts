// A device that leaves.

import type { World } from '../world.ts';
import { eventually } from './eventually.ts';
import type { TestSocket } from './socket.ts';

/** Closes the socket of a device, and returns once its relay knows that it is away: it sees that in its own time. */
export async function leave(relay: World, name: string, socket: TestSocket): Promise<void> {
  const isOnline = async () => {
    const { json } = await relay.request('/v1/devices');
    return json.devices.some((device: { name: string; online: boolean }) => device.name === name && device.online);
  };
  socket.ws.close();
  await eventually(`${name} is offline`, async () => !(await isOnline()));
}
