import { eventually } from '../../support/eventually.ts';
import 'fake-indexeddb/auto';
import { expect } from 'chai';
import { IDBFactory } from 'fake-indexeddb';
import { createChannel, type Note } from '../../../pwa/src/model/store/channel.ts';
import { openDatabase } from '../../../pwa/src/model/store/database.ts';
import { setWantsPush } from '../../../pwa/src/model/store/meta.ts';
import { renewSubscription } from '../../../pwa/sw/renew.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { FakePush } from '../support/page.ts';

async function setUp(failures = 0) {
  globalThis.indexedDB = new IDBFactory();
  const database = await openDatabase('test');
  onCleanup(() => database.close());
  const account = { groups: [], auth: 'jwt', addedAt: 1, name: 'phone' };
  await database.put('accounts', { ...account, id: 'a', server: 'https://push.example.org', vapidKey: 'AQID' });
  await database.put('accounts', { ...account, id: 'b', server: 'https://other.example', vapidKey: 'BAUG' });
  await setWantsPush(database, true);
  const push = new FakePush();
  const notes: Note[] = [];
  const registered: [string, unknown][] = [];
  const clock = fakeClock();
  let left = failures;
  const ports = {
    database: async () => database,
    manager: await push.manager(),
    api: {
      async registerPush({ server }: { server: string }, subscription: unknown) {
        left -= 1;
        if (left >= 0) throw new Error('no network');
        registered.push([server, (subscription as { endpoint: string }).endpoint]);
      },
    },
    channel: createChannel({ postMessage: (note) => notes.push(note as Note), onmessage: null, close() {} }),
    clock,
    page: 'https://push.example.org/',
  };
  return { database, ports, push, registered, notes, clock };
}

describe('renewSubscription', () => {
  it('subscribes and registers with the relays that have this key', async () => {
    const { ports, push, registered, notes } = await setUp();
    await renewSubscription(ports);
    expect(registered).to.deep.equal([['https://push.example.org', 'https://93.184.216.34/push/1']]);
    expect([...(push.subscription?.key ?? [])]).to.deep.equal([1, 2, 3]);
    expect(notes).to.deep.equal([{ kind: 'push' }]);
  });

  it('tries again with the same subscription', async () => {
    const { ports, push, registered, clock } = await setUp(2);
    let isDone = false;
    const done = renewSubscription(ports).then(() => {
      isDone = true;
    });
    await eventually('the subscription is renewed', async () => {
      await clock.tick(5000);
      return isDone;
    });
    await done;
    expect([registered.length, push.made]).to.deep.equal([1, 1]);
  });

  it('does nothing if the person switched push off', async () => {
    const { ports, database, push } = await setUp();
    await setWantsPush(database, false);
    await renewSubscription(ports);
    expect(push.made).to.equal(0);
  });
});
