// A Pusher client as a device of the relay: it joins the device's channel to get its messages, and acknowledges them with a
// client event. auth/relay-app.ts decides who may join.
import type { Grant } from '../../../channel/admission.ts';
import type { App } from '../../../channel/app.ts';
import type { MemberClaim } from '../../../channel/presence.ts';
import { deviceOfChannel, soleDeviceOf } from '../../../channel/relay-app.ts';
import { type ClientFrame, dataOf } from '../frames.ts';
import type { PusherPorts } from '../ports.ts';

/** The client event with which a device acknowledges a message: `{"mid": "…"}`. */
const ACKNOWLEDGEMENT = 'client-ack';

/** Sends the backlog of a device to a second socket, for example after a reconnect. The first socket gets it by its edge. */
export function wakeDevice({ relayApp, wake }: Pick<PusherPorts, 'relayApp' | 'wake'>, app: App, grant: Grant): void {
  if (app.id !== relayApp.id || grant.firstOfChannel) return;
  const device = deviceOfChannel(grant.channel);
  if (device !== undefined) wake(device);
}

/** Where a socket becomes a device. */
export interface DeviceSink {
  /**
   * Notes that the socket is a device, because it has shown a signature. Another node may have signed, which could not note it.
   * Closes the socket and returns false if the device was removed or replaced since the socket connected: the signature may be
   * from before that.
   */
  becomesDevice(device: string): boolean;
}

/** The device that a socket is, if it may join this channel of the relay's app as this member. */
export function deviceOf(channel: string, member: MemberClaim | undefined): string | undefined {
  return soleDeviceOf(channel) ?? (member === undefined ? undefined : String(member.id));
}

/** The device whose message a client event acknowledges; undefined for any other event. */
export function acknowledgedBy({ event, fields }: ClientFrame): string | undefined {
  return event === ACKNOWLEDGEMENT ? deviceOfChannel(String(fields['channel'])) : undefined;
}

/** The mid of an acknowledgement; undefined when it has none. A mid that the device never got changes nothing. */
export function readMid(frame: ClientFrame): string | undefined {
  const { mid } = dataOf(frame);
  return typeof mid === 'string' && /^\d{1,16}$/.test(mid) ? mid : undefined;
}
