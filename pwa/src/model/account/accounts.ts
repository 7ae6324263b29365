// The stored accounts: the relays that this page is paired with. Views see them without tokens.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Account } from '../model.ts';
import { fail } from '../relay/call.ts';
import type { Channel } from '../store/channel.ts';
import type { AccountRecord, Database } from '../store/database.ts';
import { forgetAccount } from '../store/messages.ts';

/** The accounts, in memory and in the database. */
export interface Accounts {
  /** Without tokens. The array changes only when something in it does. */
  readonly accounts: ReadonlySignal<readonly Account[]>;
  /** With tokens, oldest first. */
  records(): readonly AccountRecord[];
  /** @throws ActionError if there is no such account */
  get(id: string): AccountRecord;
  /** Reads the accounts from the database again. */
  load(): Promise<void>;
  /** Stores an account, replacing an earlier one of the same relay. Resolves when it is on disk. */
  put(record: AccountRecord): Promise<void>;
  /** Stores the token and the VAPID key that the relay sent, if the account still exists. */
  update(id: string, news: Pick<AccountRecord, 'auth' | 'vapidKey'>): Promise<void>;
  /** Deletes an account and all its data. */
  remove(id: string): Promise<void>;
}

/** An account as the views see it: without its token. */
export function toAccount({ id, server, name, groups }: AccountRecord): Account {
  return { id, server, name, groups };
}

/** Creates the list of accounts. It is empty until `load`. */
export function createAccounts(database: Database, channel: Channel): Accounts {
  const accounts = signal<readonly Account[]>([]);
  let records: readonly AccountRecord[] = [];

  function keep(next: readonly AccountRecord[]): void {
    records = [...next].sort((a, b) => a.addedAt - b.addedAt);
    const seen = records.map(toAccount);
    if (JSON.stringify(seen) !== JSON.stringify(accounts.value)) accounts.value = seen;
  }

  async function load(): Promise<void> {
    keep(await database.getAll('accounts'));
  }

  return {
    accounts,
    records: () => records,
    get(id) {
      const record = records.find((account) => account.id === id);
      if (record === undefined) throw fail('error.unknown_account');
      return record;
    },
    load,
    async put(record) {
      const transaction = database.transaction(['accounts', 'meta'], 'readwrite', { durability: 'strict' });
      const before = await transaction.objectStore('accounts').get(record.id);
      // Each name has its own history at the relay, so cursors of the old name are useless.
      const isRenamed = before !== undefined && before.name !== record.name;
      await Promise.all([
        transaction.objectStore('accounts').put(record),
        isRenamed ? transaction.objectStore('meta').delete(`cursors:${record.id}`) : undefined,
        transaction.done,
      ]);
      await load();
      channel.post({ kind: 'accounts' });
    },
    async update(id, news) {
      const transaction = database.transaction('accounts', 'readwrite');
      const before = await transaction.store.get(id);
      if (before !== undefined) await transaction.store.put({ ...before, ...news });
      await transaction.done;
      await load();
    },
    async remove(id) {
      await forgetAccount(database, id);
      await load();
      channel.post({ kind: 'accounts' });
    },
  };
}
