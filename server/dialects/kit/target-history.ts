// The stored messages to some targets, in pages.
import { entryMessage, type IdOf } from '../../delivery/message.ts';
import type { MessageLog, ReadBounds } from '../../delivery/ports.ts';
import type { TargetPage } from './follower.ts';

/** What the history is read from. */
export interface TargetHistoryPorts {
  readonly log: Pick<MessageLog, 'ofTargets'>;
  readonly idOf: IdOf;
}

/** Reads a page of the messages to these targets with a mid above `since`. */
export async function readTargets(
  { log, idOf }: TargetHistoryPorts,
  targets: readonly string[],
  since: string,
  bounds: ReadBounds,
): Promise<TargetPage> {
  const { entries, last, more } = await log.ofTargets(targets, since, bounds);
  return { messages: entries.flatMap((entry) => entryMessage(entry, idOf) ?? []), last, more };
}
