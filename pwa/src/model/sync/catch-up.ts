// What was missed while nobody listened, page by page, and what is older than all that is here.
import type { StoredMessage } from '../../../../shared/api.ts';
import { isObject } from '../../../../shared/object.ts';
import { ownValue, readMessage } from '../message/read-message.ts';
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
}

const PAGE = 200;
/** Above every mid. */
const END = String(Number.MAX_SAFE_INTEGER);

/** The messages of a page; what is none is left out. */
function toIncoming(accountId: string, messages: unknown): Incoming[] {
  if (!Array.isArray(messages)) return [];
  return messages.flatMap((item: unknown) => {
    const message = readMessage(item);
    const read = isObject(item) && ownValue(item, 'read') === true;
    return message === undefined ? [] : [{ accountId, message, read }];
  });
}

function isFull(messages: readonly StoredMessage[] | undefined): boolean {
  return Array.isArray(messages) && messages.length >= PAGE;
}

/** Fetches the newest page if the account is new here, else everything after the last fetch. Rejects as the relay does. */
export async function catchUp(account: AccountRecord, ports: CatchUpPorts): Promise<void> {
  const cursors = await readCursors(ports.database, account.id);
  if (cursors === undefined || cursors.last === '0') {
    await fetchOlder(account, ports);
    return;
  }
  let { last } = cursors;
  for (let more = true; more; ) {
    const { messages } = await ports.api.since(account, account.name, last, PAGE);
    const incoming = toIncoming(account.id, messages);
    await ports.intake.take(incoming);
    const newest = incoming.at(-1)?.message.mid;
    more = isFull(messages) && newest !== undefined && newest !== last;
    if (newest !== undefined) {
      last = newest;
      await moveCursors(ports.database, account, () => ({ last: newest }));
    }
  }
}

/** Fetches the page before the oldest that is here. Resolves to whether the relay may have more. */
export async function fetchOlder(account: AccountRecord, ports: CatchUpPorts): Promise<boolean> {
  const cursors = await readCursors(ports.database, account.id);
  if (cursors?.complete === true && cursors.last !== '0') return false;
  const before = cursors === undefined || cursors.oldest === '0' ? END : cursors.oldest;
  const { messages } = await ports.api.before(account, account.name, before, PAGE);
  const incoming = toIncoming(account.id, messages);
  await ports.intake.take(incoming);
  const [newest, oldest] = [incoming[0]?.message.mid, incoming.at(-1)?.message.mid];
  const complete = !isFull(messages);
  await moveCursors(ports.database, account, ({ last }) => ({
    complete,
    ...(oldest === undefined ? {} : { oldest }),
    ...(last === '0' && newest !== undefined ? { last: newest } : {}),
  }));
  return !complete;
}
