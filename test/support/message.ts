// Makes messages for tests, and reads them from a log.
import type { Clock } from '../../server/base/clock.ts';
import { createMessageFactory, type Draft } from '../../server/delivery/message.ts';
import type { MessageLog } from '../../server/delivery/ports.ts';
import { readContent } from '../../shared/content.ts';
import type { Message, WireMessage } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';

/** Time to live of messages in tests, in ms. */
export const WEEK = 7 * 24 * 3_600_000;

/** A limit above the number of messages in any test. */
const ALL = { limit: 1_000_000 };

/** The relay's message for a message on the wire. */
export function fromWire({ message, ...rest }: WireMessage, times: Partial<Message> = {}): Message {
  const createdAt = times.createdAt ?? Number(rest.mid);
  return { ...rest, id: '', content: readContent(message), createdAt, expiresAt: createdAt + WEEK, ...times };
}

/** One entry in the history of a device. */
export interface Kept {
  readonly mid: string;
  readonly status: Status;
  readonly message: WireMessage;
}

/** A device's whole history, oldest first. */
export async function historyOf(log: Pick<MessageLog, 'history'>, device: string, since = '0'): Promise<Kept[]> {
  const { entries } = await log.history(device, since, ALL);
  return entries.map(({ mid, status, text }) => ({ mid, status, message: JSON.parse(String(text)) }));
}

/** Makes a message factory like that of a relay. */
export function messagesFrom(clock: Clock, lastMid = '0', ttl = WEEK): (draft: Draft) => Message {
  return createMessageFactory({ clock, lastMid, ttl, idOf: () => '' });
}
