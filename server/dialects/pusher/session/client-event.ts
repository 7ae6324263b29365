// Reads client events, which a subscriber sends to the others on a channel.
import type { App } from '../../../channel/app.ts';
import { kindOfChannel } from '../../../channel/channel-name.ts';
import { type ClientFrame, toJson } from '../frames.ts';
import { quote } from '../refusals.ts';

/** A client event that may be forwarded. `data` is text. */
export interface ClientEvent {
  readonly ok: true;
  readonly name: string;
  readonly channel: string;
  readonly data: string;
}

/** Why an event is not forwarded. */
export interface ClientEventRefusal {
  readonly ok: false;
  readonly message: string;
}

const refuse = (message: string): ClientEventRefusal => ({ ok: false, message });

/** Reads a client event and checks everything but its rate. A `user_id` in the frame is ignored, since anyone could write it. */
export function readClientEvent(
  app: App,
  { event: name, fields }: ClientFrame,
  subscribed: boolean,
): ClientEvent | ClientEventRefusal {
  const { limits } = app;
  if (name.length > limits.eventNameLen) return refuse(`The event name is longer than ${limits.eventNameLen}`);
  const { channel } = fields;
  if (typeof channel !== 'string' || !('data' in fields)) {
    return refuse('Invalid client event (must contain channel and data)');
  }
  if (!app.clientEvents) {
    return refuse('To send client events, you must enable this feature in the Settings page of your dashboard.');
  }
  const kind = kindOfChannel(channel);
  if (!kind.private) return refuse('Client events are only supported on private and presence channels');
  if (!subscribed) {
    return refuse(`Cannot broadcast client event (connection not subscribed to channel ${quote(channel)})`);
  }
  // No one could read it: the members of such a channel decrypt everything.
  if (kind.encrypted) return refuse('Client events are not supported on encrypted channels');
  // Some clients send the data as text already.
  const data = typeof fields['data'] === 'string' ? fields['data'] : toJson(fields['data']);
  if (data === undefined || Buffer.byteLength(data) > limits.eventBytes) {
    return refuse(`The data content of this event exceeds the allowed maximum (${limits.eventBytes} bytes).`);
  }
  return { ok: true, name, channel, data };
}

/** The frame of the event without unknown fields. */
export function packetOf({ name, channel, data }: ClientEvent, { fields }: ClientFrame): string {
  const json = typeof fields['data'] === 'string' ? JSON.stringify(data) : data;
  return `{"event":${JSON.stringify(name)},"channel":${JSON.stringify(channel)},"data":${json}}`;
}
