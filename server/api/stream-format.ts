// The two forms of a stream: server-sent events, and one JSON object per line. Both carry the same objects.

import type { Message } from '../../shared/message.ts';
import { wireText } from '../delivery/message.ts';
import { readAccept } from '../dialects/kit/accept.ts';
import type { LiveEvent } from '../messages/live-events.ts';

/** A form of a stream. */
export interface StreamFormat {
  readonly contentType: string;
  /** @param data one JSON object, without line breaks. @param id what `Last-Event-ID` repeats; absent if it stays as it was */
  write(event: string, data: string, id?: string): string;
}

const EVENTS: StreamFormat = {
  contentType: 'text/event-stream; charset=utf-8',
  write: (event, data, id) => `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`,
};

const LINES: StreamFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  write: (_event, data) => `${data}\n`,
};

/** The form that a request accepts: lines if it names them or wants no events, or else events. */
export function formatFor(accept: string): StreamFormat {
  const { names, refuses } = readAccept(accept);
  return names('application/x-ndjson', 'application/ndjson') || refuses('text/event-stream') ? LINES : EVENTS;
}

/** The objects of messages. All streams share them, because an id costs a digest. */
const written = new WeakMap<Message, string>();

/** A message as an object: on mpush's wire, with its id and its times. */
export function messageData(message: Message): string {
  let text = written.get(message);
  if (text === undefined) {
    const { id, createdAt, expiresAt } = message;
    text = `{"event":"message","id":"${id}",${wireText(message).slice(1, -1)},"createdAt":${createdAt},"expiresAt":${expiresAt}}`;
    written.set(message, text);
  }
  return text;
}

/** A message as an object, from its text on mpush's wire. Its times are not known there. */
export function deliveryData(wire: string, id: string): string {
  return `{"event":"message","id":"${id}",${wire.slice(1)}`;
}

/** What happened to messages, as an object. */
export function eventData({ kind, target, data }: LiveEvent): string {
  // The data may have names of its own for both.
  return JSON.stringify(Object.assign({ event: kind }, data, { event: kind, target }));
}
