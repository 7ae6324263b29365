// The messages in memory, newest first, and those that pass the filter. A message that did not change stays the same
// object, so that views redraw only what changed.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { ownValue } from '../../../../shared/object.ts';
import { isEncrypted } from '../../../../shared/sealed.ts';
import { parseMessage } from '../message/parse.ts';
import { type Filter, type FilterChoices, type InboxMessage, NO_FILTER } from '../model.ts';
import type { MessageRecord } from '../store/database.ts';
import { createSearch, type Entry, textOf } from './search.ts';

/** The messages in memory. */
export interface Inbox {
  readonly filter: ReadonlySignal<Filter>;
  readonly messages: ReadonlySignal<readonly InboxMessage[]>;
  readonly choices: ReadonlySignal<FilterChoices>;
  readonly unread: ReadonlySignal<number>;
  /** All messages with a question, newest first. */
  readonly asking: ReadonlySignal<readonly InboxMessage[]>;
  setFilter(change: Partial<Filter>): void;
  /** Adds or updates records. */
  show(records: readonly MessageRecord[]): void;
  hide(ids: readonly (readonly [accountId: string, mid: string])[]): void;
  /** Removes the messages of all other accounts. */
  keepAccounts(accountIds: ReadonlySet<string>): void;
  find(accountId: string, mid: string): InboxMessage | undefined;
}

function keyOf(accountId: string, mid: string): string {
  return `${accountId}/${mid}`;
}

function newestFirst({ message: a }: Entry, { message: b }: Entry): number {
  if (a.mid !== b.mid) return Number(b.mid) - Number(a.mid);
  return a.accountId < b.accountId ? -1 : 1;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort((a, b) => a.localeCompare(b));
}

/** Creates an empty inbox. @param base address of the page */
export function createInbox(base: string): Inbox {
  const byKey = new Map<string, Entry>();
  const entries = signal<readonly Entry[]>([]);
  const filter = signal<Filter>(NO_FILTER);
  const search = createSearch();

  const messages = computed(() => search(entries.value, filter.value));
  const unread = computed(() => entries.value.reduce((count, { message }) => count + (message.read ? 0 : 1), 0));
  const asking = computed(() => entries.value.flatMap(({ message }) => (message.ask === undefined ? [] : [message])));
  const choices = computed(() => ({
    senders: distinct(entries.value.map(({ message }) => message.sender).filter((name) => name !== '')),
    groups: distinct(entries.value.flatMap(({ message }) => message.group ?? [])),
  }));

  function toEntry(record: MessageRecord, before: Entry | undefined): Entry {
    const marks = { read: record.unread !== 1, pinned: record.pinned === 1 };
    const partial = record.partial === 1;
    // The content changes only when the whole message replaces its head, when the relay's time becomes known, or when the
    // key for an encrypted message comes.
    const isSameTime = record.message.createdAt === undefined || record.message.createdAt === before?.message.time;
    const isOpened = before?.message.encrypted === true && !isEncrypted(record.message.message);
    if (before !== undefined && before.partial === partial && isSameTime && !isOpened) {
      const isSame = before.message.read === marks.read && before.message.pinned === marks.pinned;
      return isSame ? before : { ...before, message: { ...before.message, ...marks } };
    }
    // Earlier versions stored no time, but their mids were times.
    const { accountId, arrivedAt = -record.order } = record;
    const message = parseMessage(record.message, { accountId, arrivedAt, ...marks }, base);
    return { message, text: textOf(message, ownValue(record.message.message.extra, 'tags')), partial };
  }

  function replace(change: () => boolean): void {
    if (change()) entries.value = [...byKey.values()].sort(newestFirst);
  }

  return {
    filter,
    messages,
    choices,
    unread,
    asking,
    setFilter(change) {
      filter.value = { ...filter.value, ...change };
    },
    show(records) {
      replace(() => {
        let isChanged = false;
        for (const record of records) {
          const key = keyOf(record.accountId, record.mid);
          const before = byKey.get(key);
          const entry = toEntry(record, before);
          if (entry === before) continue;
          byKey.set(key, entry);
          isChanged = true;
        }
        return isChanged;
      });
    },
    hide(ids) {
      replace(() => ids.map(([accountId, mid]) => byKey.delete(keyOf(accountId, mid))).includes(true));
    },
    keepAccounts(accountIds) {
      const gone = [...byKey].filter(([, { message }]) => !accountIds.has(message.accountId));
      replace(() => gone.map(([key]) => byKey.delete(key)).includes(true));
    },
    find: (accountId, mid) => byKey.get(keyOf(accountId, mid))?.message,
  };
}
