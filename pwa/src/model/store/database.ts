// The IndexedDB database of all pages and the service worker: its stores and their keys.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { WireMessage } from '../../../../shared/message.ts';

/** A stored message. Its content stays as it arrived, so that a later version of the page can read more from it. */
export interface MessageRecord {
  readonly accountId: string;
  readonly mid: string;
  /** The negative mid, so that ascending order is newest first. */
  readonly order: number;
  readonly message: WireMessage;
  /** When it arrived here, ms since 1970; absent in records of earlier versions. */
  readonly arrivedAt?: number;
  /** Present only while unread, so that the index contains only unread messages. */
  readonly unread?: 1;
  readonly pinned?: 1;
  /** Present while only the beginning of the message is stored, because a push carried no more. */
  readonly partial?: 1;
}

/** A relay that this page is paired with, with the device's own token. */
export interface AccountRecord {
  readonly id: string;
  readonly server: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly auth: string;
  /** The relay's VAPID key; `""` when it has web push switched off. */
  readonly vapidKey: string;
  readonly addedAt: number;
}

/** How far an account's history and read marks were fetched. */
export interface Cursors {
  /** All messages from `oldest` to this mid were fetched. */
  readonly last: string;
  readonly oldest: string;
  /** The relay has nothing older. */
  readonly complete: boolean;
  readonly reads: number;
}

type Key = readonly [accountId: string, mid: string];

/** The stores. */
export interface Schema extends DBSchema {
  messages: {
    key: [string, string];
    value: MessageRecord;
    indexes: { order: [number, string, string]; unread: number };
  };
  accounts: { key: string; value: AccountRecord };
  /** Read marks that were not sent to the relay yet. */
  outbox: { key: [string, string]; value: { readonly accountId: string; readonly mid: string } };
  /** Messages that were deleted here and must not come back. */
  deleted: { key: [string, string]; value: { readonly accountId: string; readonly mid: string } };
  /** Settings and cursors, by name. */
  meta: { key: string; value: unknown };
}

/** The open database. */
export type Database = IDBPDatabase<Schema>;

const VERSION = 1;

/** The name of the database, the channel and the lock. It has the path, because two relays may share an origin. */
export function pageName(scope: string): string {
  return `herald:${new URL('.', scope).pathname}`;
}

/**
 * Opens the database. Closes it when a newer version of the page must upgrade it.
 * @param onClosed called when the connection was closed and can no longer be used
 */
export async function openDatabase(name: string, onClosed: () => void = () => {}): Promise<Database> {
  return openDB<Schema>(name, VERSION, {
    upgrade(db) {
      const messages = db.createObjectStore('messages', { keyPath: ['accountId', 'mid'] });
      messages.createIndex('order', ['order', 'accountId', 'mid']);
      messages.createIndex('unread', 'unread');
      db.createObjectStore('accounts', { keyPath: 'id' });
      db.createObjectStore('outbox', { keyPath: ['accountId', 'mid'] });
      db.createObjectStore('deleted', { keyPath: ['accountId', 'mid'] });
      db.createObjectStore('meta');
    },
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      onClosed();
    },
    terminated: onClosed,
  });
}

/** The keys of one account in a store whose keys begin with the account id. */
export function keysOf(accountId: string): IDBKeyRange {
  return IDBKeyRange.bound([accountId], [accountId, []]);
}

/** The key of a message. */
export function keyOf({ accountId, mid }: { readonly accountId: string; readonly mid: string }): [string, string] {
  return [accountId, mid] satisfies Key as [string, string];
}
