// A client of this protocol as a device of the relay: joining the device's channel brings its messages, and a client
// event acknowledges them. Not here: who may join (auth.ts).
import type { Grant } from '../../channel/admission.ts';
import type { App } from '../../channel/app.ts';
import { deviceOfChannel } from '../../channel/relay-channels.ts';
import { type ClientFrame, dataOf } from './frames.ts';
import type { PusherPorts } from './ports.ts';

/** The client event by which a device says that it has a message: `{"mid": "…"}`. */
const ACKNOWLEDGEMENT = 'client-ack';

/** The first socket of a device wakes its outbox by itself; a further one, such as one that comes back, does it here. */
export function joined({ relayApp, wake }: Pick<PusherPorts, 'relayApp' | 'wake'>, app: App, grant: Grant): void {
  if (app.id !== relayApp.id || grant.firstOfChannel) return;
  const device = deviceOfChannel(grant.channel);
  if (device !== undefined) wake(device);
}

/** Whether a client event of a subscriber acknowledges a message. */
export function isAcknowledgement({ relayApp }: Pick<PusherPorts, 'relayApp'>, app: App, frame: ClientFrame): boolean {
  if (app.id !== relayApp.id || frame.event !== ACKNOWLEDGEMENT) return false;
  return deviceOfChannel(String(frame.fields['channel'])) !== undefined;
}

/** Takes the acknowledgement to the outbox; a mid that the device has no delivery for changes nothing. */
export function takeAcknowledgement({ devices, logger }: Pick<PusherPorts, 'devices' | 'logger'>, frame: ClientFrame) {
  const device = deviceOfChannel(String(frame.fields['channel']));
  const { mid } = dataOf(frame);
  if (device === undefined || typeof mid !== 'string' || !/^\d{1,16}$/.test(mid)) return;
  devices
    .acknowledge(mid, device)
    .catch((error: unknown) => logger.error({ err: error, device }, 'acknowledgement could not be kept'));
}
