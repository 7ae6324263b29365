// The stored messages to some targets, in pages.
import type { Message } from '../../../shared/message.ts';
import { type IdOf, marksText, readStoredMessage } from '../../delivery/message.ts';
import type { MessageLog, ReadBounds } from '../../delivery/ports.ts';
import type { TargetPage } from './follower.ts';

/** What the history is read from. */
export interface TargetHistoryPorts {
  readonly log: Pick<MessageLog, 'history'>;
  readonly idOf: IdOf;
}

/** The messages to one target, of those that its device has. */
async function readOne(
  { log, idOf }: TargetHistoryPorts,
  target: string,
  since: string,
  bounds: ReadBounds,
): Promise<TargetPage> {
  const { entries, last, more } = await log.history(target, since, bounds);
  const messages = entries.flatMap((entry) => readStoredMessage(entry.text + marksText(entry), entry, idOf) ?? []);
  return { messages: messages.filter((message) => message.target === target), last, more };
}

/** Reads a page of the messages to these targets with a mid above `since`. */
export async function readTargets(
  ports: TargetHistoryPorts,
  targets: readonly string[],
  since: string,
  bounds: ReadBounds,
): Promise<TargetPage> {
  const pages = await Promise.all(targets.map((target) => readOne(ports, target, since, bounds)));
  const byMid = (a: Message, b: Message) => Number(a.mid) - Number(b.mid);
  const ends = pages.filter(({ more }) => more).map(({ last }) => Number(last));
  const all = pages.flatMap(({ messages }) => messages).sort(byMid);
  if (ends.length === 0) return { messages: all, last: all.at(-1)?.mid ?? since, more: false };
  // What lies beyond the page that ends first may have others before it.
  const end = Math.min(...ends);
  return { messages: all.filter(({ mid }) => Number(mid) <= end), last: String(end), more: true };
}
