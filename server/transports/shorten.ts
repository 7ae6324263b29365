// Fits messages into small payloads: whole if possible, otherwise only the beginning. Not here: encryption.
import { type Message, toWire, type WireMessage } from '../../shared/message.ts';
import { wireText } from '../delivery/message.ts';

/** A message in a push. `truncated` means that the relay has more of it. */
export interface PushedMessage extends WireMessage {
  readonly truncated?: true;
}

/** The fields of `extra` that a notification needs, the most important first. */
const NEEDED = ['priority', 'ask', 'tags', 'key', 'markdown', 'scheme', 'click', 'actions', 'icon', 'image'];
/** The title's share of the room. */
const TITLE_SHARE = 0.4;
/** The share that the extras get of the room that is left. The body gets the rest. */
const EXTRA_SHARE = 0.6;

/** Made when the first message is too long, because ICU takes long to make it. */
let graphemes: Intl.Segmenter | undefined;

/**
 * The message as JSON text of at most `limit` bytes of UTF-8, keys in mpush's order. A message that is too long gets
 * `"truncated":true`: its text and body are cut between characters, and `extra` keeps only what a notification needs.
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

/** The longest beginning that takes at most `room` bytes inside a JSON string. No character is cut in two. */
function cut(text: string, room: number): string {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let left = room;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    // Two of the bytes are the quotes.
    left -= size(segment) - 2;
    if (left < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
