// Where a stream begins: after a message, at a time, with everything, or now.
import { readDuration } from '../../base/duration.ts';
import { RelayError } from '../../base/errors.ts';
import type { MessageIds } from '../../delivery/message-id.ts';
import type { MessageLog } from '../../delivery/ports.ts';

/** A place in the log. */
export interface Since {
  /** Only messages with a greater mid follow. */
  readonly mid: string;
  /** Only messages that were accepted at this time or later follow, in ms since 1970. */
  readonly from?: number;
}

/** What a place is found with. */
export interface SincePorts {
  readonly log: Pick<MessageLog, 'lastMid' | 'find'>;
  readonly messageIds: MessageIds;
  /** Now, in ms since 1970. */
  now(): number;
}

const ID = /^[0-9A-Za-z]{12}$/;
const MID = /^\d{1,16}$/;
const EVERYTHING: Since = { mid: '0' };

/**
 * The mid of the message with this id; undefined for any text that is no id of this relay. A message that was accepted before it
 * was published has its id from the number of its acceptance.
 */
export async function midOfId(
  id: string,
  { log, messageIds }: Pick<SincePorts, 'messageIds'> & { readonly log: Pick<MessageLog, 'find'> },
): Promise<string | undefined> {
  const number = messageIds.midOf(id);
  return number === undefined ? undefined : ((await log.find(number))?.message.mid ?? number);
}

/**
 * Finds the place of `since` or `Last-Event-ID`. An id of another relay gives everything: nothing is known of what the caller has.
 * @throws RelayError `invalid` for any other text
 */
export async function findSince(text: string, { log, messageIds, now }: SincePorts): Promise<Since> {
  if (text === 'all') return EVERYTHING;
  if (text === '' || text === 'none') return { mid: await log.lastMid() };
  if (ID.test(text)) {
    const mid = await midOfId(text, { log, messageIds });
    return mid === undefined ? EVERYTHING : { mid };
  }
  if (MID.test(text)) {
    // No message ever has a greater one, so nothing would ever come.
    if (Number(text) > Number.MAX_SAFE_INTEGER) {
      throw new RelayError('invalid', `since must be the mid of a message, at most ${Number.MAX_SAFE_INTEGER}`);
    }
    return { mid: text };
  }
  const ago = readDuration(text);
  if (ago === undefined) {
    throw new RelayError('invalid', 'since must be the id of a message, a duration such as 10m, all, or none');
  }
  // No mid is less than the time of its message, so this is the last place before that time.
  const from = Math.max(0, Math.floor(now() - ago));
  return { mid: String(Math.max(0, from - 1)), from };
}
