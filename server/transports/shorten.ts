// Messages for transports with small payloads: whole if they fit, otherwise only their head. Not here: encryption.
import { type Message, toWire, type WireMessage } from '../../shared/message.ts';
import { wireText } from '../delivery/message.ts';

/** A message in a push. `truncated` says that the relay has more of it. */
export interface PushedMessage extends WireMessage {
  readonly truncated?: true;
}

/** The fields of `extra` that a notification needs, the most important first. */
const NEEDED = ['priority', 'tags', 'key', 'markdown', 'scheme', 'click', 'actions', 'icon', 'image'];
/** Shares of the room: first the title's, then that of the extras. The body gets the rest. */
const TITLE_SHARE = 0.4;
const EXTRA_SHARE = 0.6;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The message as JSON text of at most `limit` bytes of UTF-8: whole, keys in mpush's order, or its head with
 * `"truncated":true`, text and body cut between characters and `extra` reduced to what a notification needs.
 */
export function messageText(message: Message, limit: number): string {
  const whole = wireText(message);
  if (Buffer.byteLength(whole) <= limit) return whole;

  const wire = toWire(message);
  const { text, desp, extra } = wire.message;
  const head = { text: '', desp: '', extra: {} as Record<string, unknown> };
  const pushed: PushedMessage = { ...wire, message: head, truncated: true };
  const room = () => limit - size(pushed);

  head.text = cut(text, Math.floor(room() * TITLE_SHARE));
  const floor = Math.ceil(room() * (1 - EXTRA_SHARE));
  for (const key of NEEDED) {
    if (!Object.hasOwn(extra, key)) continue;
    head.extra[key] = extra[key];
    if (room() < floor) delete head.extra[key];
  }
  head.desp = cut(desp, room());
  return JSON.stringify(pushed);
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The longest beginning of whole characters that takes at most so many bytes inside a JSON string. */
function cut(text: string, room: number): string {
  let left = room;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    // Two bytes are the quotes.
    left -= size(segment) - 2;
    if (left < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
