// The local copies of messages. Each message is stored once, and never again after a person deleted it.
import type { WireMessage } from '../../../../shared/message.ts';
import { type Database, keyOf, keysOf, type MessageRecord } from './database.ts';

/** A message that arrived, whether over a socket, in a push, from the history or in an import. */
export interface Incoming {
  readonly accountId: string;
  readonly message: WireMessage;
  /** When it arrived here, ms since 1970; absent in exports of earlier versions. */
  readonly arrivedAt?: number | undefined;
  readonly read?: boolean;
  readonly pinned?: boolean;
  /** True if a push carried only the beginning of the message. */
  readonly partial?: boolean;
}

/** What {@link putMessages} has changed. */
export interface PutResult {
  /** New messages, and stored ones that are now read, whole, or known with the relay's time. */
  readonly changed: readonly MessageRecord[];
  /** How many of them are new. */
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

/** Merges two copies of a message: the whole text wins, and a mark on either copy counts. */
function merge(a: Incoming, b: Incoming): Incoming {
  const { accountId, partial, ...whole } = a.partial === true ? b : a;
  const createdAt = a.message.createdAt ?? b.message.createdAt;
  const message = createdAt === undefined ? whole.message : { ...whole.message, createdAt };
  const arrivedAt = a.arrivedAt ?? b.arrivedAt;
  const marks = { read: a.read === true || b.read === true, pinned: a.pinned === true || b.pinned === true };
  return { accountId, message, arrivedAt, ...marks, ...(partial === true ? { partial } : {}) };
}

/**
 * Updates a record when its message arrives again. Returns undefined if nothing changes. Most messages arrive first
 * without the time when the relay accepted them, because only the relay's history has it.
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
 * Stores new messages, and updates those that are already here: with a read mark from another device, the whole text, or
 * the relay's time. Decrypts those for which this device has the key. Skips messages that a person deleted, and messages of accounts that do not exist (any more).
 * Resolves when everything is on disk, so the caller may then acknowledge the messages.
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

/** Changes stored records in one transaction, and resolves to them. `change` returns undefined to skip a record. */
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

/** Marks messages as read. Resolves to those that were unread. */
export function markRecordsRead(database: Database, ids: readonly Id[]): Promise<MessageRecord[]> {
  return changeMessages(database, ids, (record) => (record.unread === 1 ? asRead(record) : undefined));
}

/** Pins or unpins. */
export function pinRecord(database: Database, id: Id, pinned: boolean): Promise<MessageRecord[]> {
  return changeMessages(database, [id], ({ pinned: _, ...record }) => (pinned ? { ...record, pinned: 1 } : record));
}

/** Deletes the copies, and remembers their ids so that they are not stored again. */
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

/** Reads the records with these ids, and skips those that are not stored. */
export async function readMessages(database: Database, ids: readonly Id[]): Promise<MessageRecord[]> {
  const transaction = database.transaction('messages');
  const records = await Promise.all(ids.map((id) => transaction.store.get(keyOf(id))));
  return records.filter((record) => record !== undefined);
}

/** How many messages are unread here. */
export function countUnread(database: Database): Promise<number> {
  return database.countFromIndex('messages', 'unread');
}

/** Deletes an account and all its data. */
export async function forgetAccount(database: Database, accountId: string): Promise<void> {
  const names = ['messages', 'deleted', 'outbox', 'accounts', 'meta'] as const;
  const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
  await Promise.all([
    ...(['messages', 'deleted', 'outbox'] as const).map((name) =>
      transaction.objectStore(name).delete(keysOf(accountId)),
    ),
    transaction.objectStore('accounts').delete(accountId),
    transaction.objectStore('meta').delete(`cursors:${accountId}`),
    transaction.objectStore('meta').delete(`questions:${accountId}`),
    transaction.done,
  ]);
}
