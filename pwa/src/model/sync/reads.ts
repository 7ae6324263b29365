// Read marks. The page sets them at once, sends them to the relay when it can, and fetches those of other devices.

import { isObject } from '../../../../shared/object.ts';
import { isMid } from '../message/read-message.ts';
import type { RelayApi } from '../relay/api.ts';
import { type Channel, idsOf } from '../store/channel.ts';
import { type AccountRecord, type Database, keysOf, type MessageRecord } from '../store/database.ts';
import { markRecordsRead } from '../store/messages.ts';
import { moveCursors, readCursors } from '../store/meta.ts';

/** What read marks need. */
export interface ReadsPorts {
  readonly database: Database;
  readonly api: Pick<RelayApi, 'reads' | 'markRead'>;
  readonly channel: Channel;
  readonly show: (records: readonly MessageRecord[]) => void;
}

type Id = Pick<MessageRecord, 'accountId' | 'mid'>;

/** The most marks in one request. The relay accepts 1,000. */
const BATCH = 500;

async function markHere(ids: readonly Id[], { database, channel, show }: ReadsPorts): Promise<MessageRecord[]> {
  const changed = await markRecordsRead(database, ids);
  if (changed.length > 0) {
    show(changed);
    channel.post({ kind: 'messages', ids: idsOf(changed) });
  }
  return changed;
}

/** Marks messages as read here, and queues the marks for the relays. */
export async function markRead(ids: readonly Id[], ports: ReadsPorts): Promise<void> {
  const changed = await markHere(ids, ports);
  const transaction = ports.database.transaction('outbox', 'readwrite');
  const marks = changed.map(({ accountId, mid }) => transaction.store.put({ accountId, mid }));
  await Promise.all([...marks, transaction.done]);
}

/** Sends the queued marks of an account to its relay. If the relay rejects them, they stay queued. */
export async function tellReads(account: AccountRecord, { database, api }: ReadsPorts): Promise<void> {
  for (;;) {
    const marks = await database.getAll('outbox', keysOf(account.id), BATCH);
    if (marks.length === 0) return;
    await api.markRead(
      account,
      marks.map(({ mid }) => mid),
    );
    const transaction = database.transaction('outbox', 'readwrite');
    const removals = marks.map(({ accountId, mid }) => transaction.store.delete([accountId, mid]));
    await Promise.all([...removals, transaction.done]);
  }
}

/** Fetches what other devices have read since the last time. Rejects with an ActionError. */
export async function fetchReads(account: AccountRecord, ports: ReadsPorts): Promise<void> {
  let cursor = (await readCursors(ports.database, account.id))?.reads ?? 0;
  for (;;) {
    const page = await ports.api.reads(account, cursor);
    await hearReads(account.id, { mids: page.mids }, ports);
    const isOver = page.mids.length === 0 || !(page.cursor > cursor);
    cursor = Math.max(cursor, Number(page.cursor) || 0);
    await moveCursors(ports.database, account, () => ({ reads: cursor }));
    if (isOver) return;
  }
}

/** Handles the data of a READ packet. */
export async function hearReads(accountId: string, data: unknown, ports: ReadsPorts): Promise<void> {
  const mids = isObject(data) && Array.isArray(data['mids']) ? data['mids'].filter(isMid) : [];
  if (mids.length > 0) {
    await markHere(
      mids.map((mid) => ({ accountId, mid })),
      ports,
    );
  }
}
