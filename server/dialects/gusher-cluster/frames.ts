// Frames as text and back. Not here: what an event does; each level has a session of its own.
import { isObject } from '../../../shared/object.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import { nameOf } from './names.ts';

/** What a socket sends: an event, and whatever came with it. */
export interface Frame {
  readonly event: string;
  readonly data: unknown;
}

/** The frame in a text; undefined when it is none. */
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

/** A value of an object that came from outside; undefined where there is none. */
export function field(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A text that has a value; undefined for everything else. */
export function textField(value: unknown, key: string): string | undefined {
  const text = field(value, key);
  return typeof text === 'string' ? text : undefined;
}

/** What the sockets of a channel get. @param data as JSON */
export function message(channel: string, event: string, data: string): string {
  return `{"channel":${JSON.stringify(channel)},"event":${JSON.stringify(event)},"data":${data}}`;
}

/** An event of the channel core on the wire: with its channel, or bare where it is for one user or one socket. */
export function encode(event: ChannelEvent): string | undefined {
  if (event.type !== 'event') return undefined;
  const channel = nameOf('c-', event.channel);
  return channel === undefined ? event.data : message(channel, event.name, event.data);
}
