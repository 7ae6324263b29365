// The local copies of messages: put once, never a second time, and not again after they were deleted.
import type { WireMessage } from '../../../../shared/message.ts';
import { type Database, keyOf, keysOf, type MessageRecord } from './database.ts';

/** A message that has come in, by whatever way. */
export interface Incoming {
  readonly accountId: string;
  readonly message: WireMessage;
  /** When it came here, ms since 1970; absent in exports of earlier versions. */
  readonly arrivedAt?: number | undefined;
  readonly read?: boolean;
  readonly pinned?: boolean;
  /** Only the head of the message, as a push carried it. */
  readonly partial?: boolean;
}

/** What {@link putMessages} has changed. */
export interface PutResult {
  /** New ones, those that turned out to be read elsewhere, and those that are whole now. */
  readonly changed: readonly MessageRecord[];
  /** How many of them were not here before. */
  readonly added: number;
}

type Id = Pick<MessageRecord, 'accountId' | 'mid'>;

function toRecord({ accountId, message, arrivedAt, read, pinned, partial }: Incoming): MessageRecord {
  return {
    accountId,
    mid: message.mid,
    order: -Number(message.mid),
    message,
    ...(arrivedAt === undefined ? {} : { arrivedAt }),
    ...(read === true ? {} : { unread: 1 }),
    ...(pinned === true ? { pinned: 1 } : {}),
    ...(partial === true ? { partial: 1 } : {}),
  };
}

function asRead({ unread: _, ...record }: MessageRecord): MessageRecord {
  return record;
}

/** One of two copies of a message: the whole one, read if either was. */
function merge(a: Incoming, b: Incoming): Incoming {
  const { accountId, partial, ...whole } = a.partial === true ? b : a;
  const createdAt = a.message.createdAt ?? b.message.createdAt;
  const message = createdAt === undefined ? whole.message : { ...whole.message, createdAt };
  const arrivedAt = a.arrivedAt ?? b.arrivedAt;
  const marks = { read: a.read === true || b.read === true, pinned: a.pinned === true || b.pinned === true };
  return { accountId, message, arrivedAt, ...marks, ...(partial === true ? { partial } : {}) };
}

/**
 * What a record becomes when its message comes again; undefined when nothing changes. Only the relay's history tells when
 * a message was accepted, and most messages were here before their history.
 */
function update(record: MessageRecord, item: Incoming): MessageRecord | undefined {
  const isWhole = record.partial === 1 && item.partial !== true;
  const isRead = record.unread === 1 && item.read === true;
  const { createdAt = record.message.createdAt } = item.message;
  const isTimed = createdAt !== record.message.createdAt;
  if (!isWhole && !isRead && !isTimed) return undefined;
  const { partial, ...rest } = record;
  const message = { ...(isWhole ? item.message : record.message), ...(createdAt === undefined ? {} : { createdAt }) };
  const next = { ...rest, message, ...(isWhole || partial === undefined ? {} : { partial }) };
  return isRead ? asRead(next) : next;
}

/**
 * Stores what is neither here nor deleted; what is here becomes read when it was read elsewhere, whole when only its
 * head was here, and gets its time when the relay tells it. What is of no account, maybe not any more, is left out. Resolves when it is on disk: the caller may then tell the relay that the device has it.
 */
export async function putMessages(database: Database, incoming: readonly Incoming[]): Promise<PutResult> {
  const items = new Map<string, Incoming>();
  for (const item of incoming) {
    const id = `${item.accountId}/${item.message.mid}`;
    const other = items.get(id);
    items.set(id, other === undefined ? item : merge(other, item));
  }
  const names = ['messages', 'deleted', 'accounts'] as const;
  const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
  const accounts = new Set(await transaction.objectStore('accounts').getAllKeys());
  const messages = transaction.objectStore('messages');
  const deleted = transaction.objectStore('deleted');
  const changed: MessageRecord[] = [];
  let added = 0;
  const kept = [...items.values()].filter(({ accountId }) => accounts.has(accountId));
  const puts = kept.map(async (item) => {
    const key: [string, string] = [item.accountId, item.message.mid];
    const [present, gone] = await Promise.all([messages.get(key), deleted.getKey(key)]);
    if (gone !== undefined) return;
    const record = present === undefined ? toRecord(item) : update(present, item);
    if (record === undefined) return;
    if (present === undefined) added += 1;
    changed.push(record);
    await messages.put(record);
  });
  await Promise.all([...puts, transaction.done]);
  return { changed, added };
}

/** Changes records in one transaction; those that are not here, and those that `change` leaves, stay untouched. */
async function changeMessages(
  database: Database,
  ids: readonly Id[],
  change: (record: MessageRecord) => MessageRecord | undefined,
): Promise<MessageRecord[]> {
  const transaction = database.transaction('messages', 'readwrite');
  const changes = ids.map(async (id) => {
    const record = await transaction.store.get(keyOf(id));
    const changed = record === undefined ? undefined : change(record);
    if (changed !== undefined) await transaction.store.put(changed);
    return changed;
  });
  const [records] = await Promise.all([Promise.all(changes), transaction.done]);
  return records.filter((record) => record !== undefined);
}

/** Marks as read what is unread here. */
export function markRecordsRead(database: Database, ids: readonly Id[]): Promise<MessageRecord[]> {
  return changeMessages(database, ids, (record) => (record.unread === 1 ? asRead(record) : undefined));
}

/** Pins or unpins. */
export function pinRecord(database: Database, id: Id, pinned: boolean): Promise<MessageRecord[]> {
  return changeMessages(database, [id], ({ pinned: _, ...record }) => (pinned ? { ...record, pinned: 1 } : record));
}

/** Deletes the copies and remembers that they are not wanted. */
export async function deleteMessages(database: Database, ids: readonly Id[]): Promise<void> {
  const transaction = database.transaction(['messages', 'deleted', 'outbox'], 'readwrite');
  const changes = ids.flatMap((id) => [
    transaction.objectStore('messages').delete(keyOf(id)),
    transaction.objectStore('deleted').put({ accountId: id.accountId, mid: id.mid }),
  ]);
  await Promise.all([...changes, transaction.done]);
}

/** The next page of messages after `after`, newest first. */
export function readPage(
  database: Database,
  after: MessageRecord | undefined,
  limit: number,
): Promise<MessageRecord[]> {
  const range =
    after === undefined ? undefined : IDBKeyRange.lowerBound([after.order, after.accountId, after.mid], true);
  return database.getAllFromIndex('messages', 'order', range, limit);
}

/** The records that are here, of these. */
export async function readMessages(database: Database, ids: readonly Id[]): Promise<MessageRecord[]> {
  const transaction = database.transaction('messages');
  const records = await Promise.all(ids.map((id) => transaction.store.get(keyOf(id))));
  return records.filter((record) => record !== undefined);
}

/** How many messages are unread here. */
export function countUnread(database: Database): Promise<number> {
  return database.countFromIndex('messages', 'unread');
}

/** Deletes everything of an account that has gone, and forgets the account. */
export async function forgetAccount(database: Database, accountId: string): Promise<void> {
  const names = ['messages', 'deleted', 'outbox', 'accounts', 'meta'] as const;
  const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
  await Promise.all([
    ...(['messages', 'deleted', 'outbox'] as const).map((name) =>
      transaction.objectStore(name).delete(keysOf(accountId)),
    ),
    transaction.objectStore('accounts').delete(accountId),
    transaction.objectStore('meta').delete(`cursors:${accountId}`),
    transaction.done,
  ]);
}
