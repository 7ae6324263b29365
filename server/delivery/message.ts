// Durable messages: how one is made, and the ids that order them.
import type { Message, MessageBody, MessageSource, SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';

/** A message before it has an id. */
export interface Draft {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  readonly message: MessageBody;
}

/** Gives the draft its id; keys in the order in which mpush sends them. */
export function createMessage(draft: Draft, mid: string): Message {
  return { sendType: draft.sendType, target: draft.target, from: draft.from, message: draft.message, mid };
}

/** About the bytes of everything in a message but its texts. */
const ENVELOPE = 200;

/** About how many bytes a message takes, in memory and on the wire. Cheap, since every message passes here. */
export function sizeOf({ message: { text, desp, extra } }: Message): number {
  let bytes = ENVELOPE + Buffer.byteLength(text) + Buffer.byteLength(desp);
  for (const _ in extra) {
    bytes += JSON.stringify(extra).length;
    break;
  }
  return bytes;
}

/**
 * Makes the source of mids: `max(now in ms, last + 1)` as a decimal string, so that clients may take `Number(mid)` for the
 * time and sort by it, and no two messages ever share one. `last` is the greatest mid given before this start.
 */
export function createMids(clock: Clock, last: string): () => string {
  let latest = Number(last);
  return () => {
    latest = Math.max(clock.now(), latest + 1);
    return String(latest);
  };
}

/** The smallest mid that a message made at this time could have. */
export function midAt(time: number): string {
  return String(Math.max(0, Math.floor(time)));
}
