// A client of this protocol as a device of the relay: joining the device's channel brings its messages, and a client
// event acknowledges them. Not here: who may join (auth/relay-app.ts).
import type { Grant } from '../../../channel/admission.ts';
import type { App } from '../../../channel/app.ts';
import { deviceOfChannel } from '../../../channel/relay-app.ts';
import { type ClientFrame, dataOf } from '../frames.ts';
import type { PusherPorts } from '../ports.ts';

/** The client event by which a device says that it has a message: `{"mid": "…"}`. */
const ACKNOWLEDGEMENT = 'client-ack';

/** The first socket of a device wakes its outbox by itself; a further one, such as one that comes back, does it here. */
export function joined({ relayApp, wake }: Pick<PusherPorts, 'relayApp' | 'wake'>, app: App, grant: Grant): void {
  if (app.id !== relayApp.id || grant.firstOfChannel) return;
  const device = deviceOfChannel(grant.channel);
  if (device !== undefined) wake(device);
}

/** The device that a client event on its channel acknowledges a message for; undefined for any other event. */
export function acknowledgedBy({ event, fields }: ClientFrame): string | undefined {
  return event === ACKNOWLEDGEMENT ? deviceOfChannel(String(fields['channel'])) : undefined;
}

/** The message that is acknowledged; undefined where that is none. One that the device was not sent changes nothing. */
export function readMid(frame: ClientFrame): string | undefined {
  const { mid } = dataOf(frame);
  return typeof mid === 'string' && /^\d{1,16}$/.test(mid) ? mid : undefined;
}
