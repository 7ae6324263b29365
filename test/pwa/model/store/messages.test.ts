import 'fake-indexeddb/auto';
import { expect } from 'chai';
import { IDBFactory } from 'fake-indexeddb';
import { readMessage } from '../../../../pwa/src/model/message/read-message.ts';
import { type Database, openDatabase } from '../../../../pwa/src/model/store/database.ts';
import {
  countUnread,
  deleteMessages,
  forgetAccount,
  markRecordsRead,
  putMessages,
  readMessages,
  readPage,
} from '../../../../pwa/src/model/store/messages.ts';
import { onCleanup } from '../../../support/cleanup.ts';

async function database(): Promise<Database> {
  globalThis.indexedDB = new IDBFactory();
  const opened = await openDatabase('test');
  onCleanup(() => opened.close());
  for (const id of ['a', 'b']) {
    await opened.put('accounts', { id, server: id, name: 'phone', groups: [], auth: 'x', vapidKey: '', addedAt: 1 });
  }
  return opened;
}

function incoming(mid: number, change: { read?: boolean; partial?: boolean; accountId?: string; text?: string } = {}) {
  const { text = 'whole', ...rest } = change;
  const message = readMessage({ mid: String(mid), message: { text } });
  if (message === undefined) throw new Error('the test wrote no message');
  return { accountId: 'a', message, ...rest };
}

describe('putMessages', () => {
  it('stores a message once, even if a batch has it twice', async () => {
    const store = await database();
    expect((await putMessages(store, [incoming(1), incoming(1), incoming(2)])).added).to.equal(2);
    expect(await putMessages(store, [incoming(1)])).to.deep.equal({ changed: [], added: 0 });
    expect(await countUnread(store)).to.equal(2);
  });

  it('marks a message as read when another device has read it, and never as unread', async () => {
    const store = await database();
    await putMessages(store, [incoming(1)]);
    expect((await putMessages(store, [incoming(1, { read: true })])).changed).to.have.lengthOf(1);
    expect((await putMessages(store, [incoming(1, { read: false })])).changed).to.deep.equal([]);
    expect(await countUnread(store)).to.equal(0);
  });

  it('replaces the beginning of a message with the whole, and never the reverse', async () => {
    const store = await database();
    await putMessages(store, [incoming(1, { partial: true, text: 'he' })]);
    await putMessages(store, [incoming(1, { text: 'head and tail' })]);
    await putMessages(store, [incoming(1, { partial: true, text: 'he' })]);
    const [record] = await readMessages(store, [{ accountId: 'a', mid: '1' }]);
    expect(record?.message.message.text).to.equal('head and tail');
    expect(record).to.not.have.property('partial');
  });

  it('stores no deleted message again', async () => {
    const store = await database();
    await putMessages(store, [incoming(1), incoming(2)]);
    await deleteMessages(store, [{ accountId: 'a', mid: '1' }]);
    expect((await putMessages(store, [incoming(1), incoming(1, { accountId: 'b' })])).added).to.equal(1);
    expect(await readPage(store, undefined, 10)).to.have.lengthOf(2);
  });

  it('stores no message of a removed account', async () => {
    const store = await database();
    await forgetAccount(store, 'a');
    expect((await putMessages(store, [incoming(1)])).added).to.equal(0);
  });
});

describe('readPage', () => {
  it('reads from newest to oldest, across accounts with the same mids', async () => {
    const store = await database();
    await putMessages(
      store,
      [3, 1, 2].flatMap((mid) => [incoming(mid), incoming(mid, { accountId: 'b' })]),
    );
    const seen: string[] = [];
    let after: Parameters<typeof readPage>[1];
    do {
      const page = await readPage(store, after, 4);
      after = page.at(-1);
      seen.push(...page.map(({ accountId, mid }) => accountId + mid));
    } while (after !== undefined);
    expect(seen).to.deep.equal(['a3', 'b3', 'a2', 'b2', 'a1', 'b1']);
  });
});

describe('markRecordsRead', () => {
  it('resolves to the changed records', async () => {
    const store = await database();
    await putMessages(store, [incoming(1), incoming(2, { read: true })]);
    const ids = ['1', '2', '3'].map((mid) => ({ accountId: 'a', mid }));
    expect((await markRecordsRead(store, ids)).map(({ mid }) => mid)).to.deep.equal(['1']);
  });
});

describe('forgetAccount', () => {
  it('keeps the data of other accounts', async () => {
    const store = await database();
    await putMessages(store, [incoming(1), incoming(1, { accountId: 'b' })]);
    await deleteMessages(store, [{ accountId: 'a', mid: '9' }]);
    await forgetAccount(store, 'a');
    expect((await readPage(store, undefined, 10)).map(({ accountId }) => accountId)).to.deep.equal(['b']);
    expect(await store.getAllKeys('accounts')).to.deep.equal(['b']);
    expect(await store.count('deleted')).to.equal(0);
  });
});
