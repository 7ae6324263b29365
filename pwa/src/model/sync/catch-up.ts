// Fetches missed messages page by page, and older ones on request.
import type { MessagePage } from '../../../../shared/api.ts';
import { isObject, ownValue } from '../../../../shared/object.ts';
import type { Clock } from '../clock.ts';
import { isMid, readMessage } from '../message/read-message.ts';
import type { RelayApi } from '../relay/api.ts';
import type { AccountRecord, Database } from '../store/database.ts';
import type { Incoming } from '../store/messages.ts';
import { moveCursors, readCursors } from '../store/meta.ts';
import type { Intake } from './intake.ts';

/** What fetching needs. */
export interface CatchUpPorts {
  readonly database: Database;
  readonly api: Pick<RelayApi, 'since' | 'before'>;
  readonly intake: Intake;
  readonly clock: Clock;
}

const PAGE = 200;
/** Greater than every mid. */
const END = String(Number.MAX_SAFE_INTEGER);

/** The valid messages of a page. */
function toIncoming(accountId: string, { messages }: MessagePage, arrivedAt: number): Incoming[] {
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((item: unknown) => {
    const message = readMessage(item);
    const read = isObject(item) && ownValue(item, 'read') === true;
    return message === undefined ? [] : [{ accountId, message, arrivedAt, read }];
  });
}

/**
 * Whether the relay has more. The length of a page does not show it, because pages are also bounded in bytes. Earlier
 * relays send no `more`, but they fill each page except the last.
 */
function hasMore({ messages, more }: MessagePage): boolean {
  return typeof more === 'boolean' ? more : Array.isArray(messages) && messages.length >= PAGE;
}

/** The mid where a page ends, which may be beyond its last message. */
function endOf({ last }: MessagePage, incoming: readonly Incoming[]): string | undefined {
  return isMid(last) ? last : incoming.at(-1)?.message.mid;
}

/** Fetches the newest page of a new account, or everything since the last fetch. Rejects with an ActionError. */
export async function catchUp(account: AccountRecord, ports: CatchUpPorts): Promise<void> {
  const cursors = await readCursors(ports.database, account.id);
  if (cursors === undefined || cursors.last === '0') {
    await fetchOlder(account, ports);
    return;
  }
  let { last } = cursors;
  for (let more = true; more; ) {
    const page = await ports.api.since(account, account.name, last, PAGE);
    const incoming = toIncoming(account.id, page, ports.clock.now());
    await ports.intake.take(incoming);
    const end = endOf(page, incoming);
    more = hasMore(page) && end !== undefined && end !== last;
    if (end !== undefined && end !== last) {
      last = end;
      await moveCursors(ports.database, account, () => ({ last: end }));
    }
  }
}

/** Fetches the page before the oldest stored message. Resolves to whether the relay may have more. */
export async function fetchOlder(account: AccountRecord, ports: CatchUpPorts): Promise<boolean> {
  const cursors = await readCursors(ports.database, account.id);
  if (cursors?.complete === true && cursors.last !== '0') return false;
  const before = cursors === undefined || cursors.oldest === '0' ? END : cursors.oldest;
  const page = await ports.api.before(account, account.name, before, PAGE);
  const incoming = toIncoming(account.id, page, ports.clock.now());
  await ports.intake.take(incoming);
  const newest = incoming[0]?.message.mid;
  const oldest = endOf(page, incoming);
  const complete = !hasMore(page);
  await moveCursors(ports.database, account, ({ last }) => ({
    complete,
    ...(oldest === undefined || oldest === END ? {} : { oldest }),
    ...(last === '0' && newest !== undefined ? { last: newest } : {}),
  }));
  return !complete;
}
