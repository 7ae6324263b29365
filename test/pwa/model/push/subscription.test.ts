import { expect } from 'chai';
import { pushAccount, registerSubscription, subscribe } from '../../../../pwa/src/model/push/subscription.ts';
import { FakePush } from '../../support/page.ts';
import { account } from '../../support/store.ts';

const PAGE = 'https://push.example.org/';

describe('pushAccount', () => {
  it('prefers the relay that serves the page', () => {
    const own = account({ id: 'own' });
    const other = account({ id: 'other', server: 'https://other.example', vapidKey: 'AQID' });
    expect(pushAccount([other, own], PAGE)?.id).to.equal('own');
  });

  it('falls back to the first relay with web push, or the first of all', () => {
    const off = account({ id: 'off', server: 'https://off.example' });
    const on = account({ id: 'on', server: 'https://on.example', vapidKey: 'AQID' });
    expect(pushAccount([off, on], PAGE)?.id).to.equal('on');
    expect(pushAccount([off], PAGE)?.id).to.equal('off');
    expect(pushAccount([], PAGE)).to.equal(undefined);
  });
});

describe('subscribe', () => {
  it('subscribes with the key, and keeps a present subscription', async () => {
    const push = new FakePush();
    const manager = await push.manager();
    const first = await subscribe(manager, 'AQID');
    expect([...(push.subscription?.key ?? [])]).to.deep.equal([1, 2, 3]);
    expect(await subscribe(manager, 'AQID')).to.equal(first);
    expect(push.made).to.equal(1);
  });

  it('ends a subscription with another key first', async () => {
    const push = new FakePush();
    const manager = await push.manager();
    await subscribe(manager, 'AQID');
    await subscribe(manager, 'BAUG');
    expect([...(push.subscription?.key ?? [])]).to.deep.equal([4, 5, 6]);
    expect(push.made).to.equal(2);
  });

  it('trusts a browser that does not reveal the key', async () => {
    const push = new FakePush();
    const manager = await push.manager();
    const made = await subscribe(manager, 'AQID');
    push.subscription = { ...made, key: new Uint8Array(), options: { applicationServerKey: null } };
    await subscribe(manager, 'BAUG');
    expect(push.made).to.equal(1);
  });
});

describe('registerSubscription', () => {
  async function register(failing: readonly string[]) {
    const push = new FakePush();
    const subscription = await subscribe(await push.manager(), 'AQID');
    const asked: [string, unknown][] = [];
    const accounts = [
      account({ id: 'a', server: 'https://a.example', vapidKey: 'AQID' }),
      account({ id: 'b', server: 'https://b.example', vapidKey: 'AQID' }),
      account({ id: 'c', server: 'https://c.example', vapidKey: 'BAUG' }),
    ];
    const api = {
      registerPush: async ({ server }: { server: string }, address: unknown) => {
        asked.push([server, address]);
        if (failing.includes(server)) throw new Error(server);
      },
    };
    const [needed] = accounts;
    if (needed === undefined) throw new Error('no account');
    return { failure: await registerSubscription(subscription, needed, accounts, api), asked };
  }

  it('sends the relays with this key only what they need', async () => {
    const { failure, asked } = await register([]);
    expect(failure).to.equal(undefined);
    expect(asked.map(([server]) => server)).to.deep.equal(['https://a.example', 'https://b.example']);
    expect(Object.keys(asked[0]?.[1] as object)).to.deep.equal(['endpoint', 'keys']);
  });

  it('resolves to the error of the needed relay only', async () => {
    expect((await register(['https://b.example'])).failure).to.equal(undefined);
    expect((await register(['https://a.example'])).failure).to.be.instanceOf(Error);
  });
});
