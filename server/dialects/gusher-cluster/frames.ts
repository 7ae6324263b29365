// Reads and writes frames. What an event does depends on the level: see v2016.ts and v1_13.ts.
import { isObject } from '../../../shared/object.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import { nameOf } from './names.ts';

/** What a client sends: an event with any data. */
export interface Frame {
  readonly event: string;
  readonly data: unknown;
}

/** Reads a frame; undefined when the text is not one. */
export function readFrame(text: string): Frame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const event = field(value, 'event');
  return typeof event === 'string' ? { event, data: field(value, 'data') } : undefined;
}

/** A field of a value that came from outside. Undefined when the value is not an object or has no such field. */
export function field(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A field that is a string. Undefined for any other type. */
export function textField(value: unknown, key: string): string | undefined {
  const text = field(value, key);
  return typeof text === 'string' ? text : undefined;
}

/** The frame for the sockets of a channel. @param data as JSON */
export function message(channel: string, event: string, data: string): string {
  return `{"channel":${JSON.stringify(channel)},"event":${JSON.stringify(event)},"data":${data}}`;
}

/** Writes an event of the channel core. For a user or a socket, the frame is only the data. */
export function encode(event: ChannelEvent): string | undefined {
  if (event.type !== 'event') return undefined;
  const channel = nameOf('c-', event.channel);
  return channel === undefined ? event.data : message(channel, event.name, event.data);
}
