import { expect } from 'chai';
import { createAccounts, toAccount } from '../../../../pwa/src/model/account/accounts.ts';
import { putMessages } from '../../../../pwa/src/model/store/messages.ts';
import { moveCursors, readCursors } from '../../../../pwa/src/model/store/meta.ts';
import { refusalOf } from '../../support/page.ts';
import { account, openStore, recordingChannel, wire } from '../../support/store.ts';

async function setUp() {
  const database = await openStore([account({ id: 'b', addedAt: 2 }), account({ id: 'a', addedAt: 1 })]);
  const { channel, notes } = recordingChannel();
  const accounts = createAccounts(database, channel);
  await accounts.load();
  return { database, accounts, notes };
}

describe('createAccounts', () => {
  it('lists accounts oldest first, and shows no token', async () => {
    const { accounts } = await setUp();
    expect(accounts.records().map(({ id }) => id)).to.deep.equal(['a', 'b']);
    expect(JSON.stringify(accounts.accounts.value)).to.not.include('jwt');
    expect(accounts.accounts.value[0]).to.deep.equal(toAccount(account()));
  });

  it('throws for an unknown account', async () => {
    const { accounts } = await setUp();
    expect(accounts.get('a').name).to.equal('phone');
    expect(await refusalOf((async () => accounts.get('x'))())).to.equal('error.unknown_account');
  });

  it('keeps the same list when only tokens change', async () => {
    const { accounts } = await setUp();
    const before = accounts.accounts.value;
    await accounts.update('a', { auth: 'next', vapidKey: 'key' });
    expect(accounts.accounts.value).to.equal(before);
    expect(accounts.get('a')).to.include({ auth: 'next', vapidKey: 'key' });
    await accounts.update('gone', { auth: 'x', vapidKey: '' });
    expect(accounts.records()).to.have.length(2);
  });

  it('deletes the cursors only when the name changes', async () => {
    const { accounts, database, notes } = await setUp();
    await moveCursors(database, account(), () => ({ last: '7' }));
    await accounts.put(account({ groups: ['home'] }));
    expect((await readCursors(database, 'a'))?.last).to.equal('7');
    await accounts.put(account({ name: 'pixel' }));
    expect(await readCursors(database, 'a')).to.equal(undefined);
    expect(notes).to.deep.equal([{ kind: 'accounts' }, { kind: 'accounts' }]);
  });

  it('removes an account with all its data', async () => {
    const { accounts, database } = await setUp();
    const both = ['a', 'b'].map((accountId) => ({ accountId, message: wire(1), arrivedAt: 1 }));
    await putMessages(database, both);
    await accounts.remove('a');
    expect(accounts.records().map(({ id }) => id)).to.deep.equal(['b']);
    expect((await database.getAll('messages')).map(({ accountId }) => accountId)).to.deep.equal(['b']);
  });
});
