import { expect } from 'chai';
import { type AppStore, createApps, type StoredApp } from '../../../server/channel/apps.ts';
import { createRegistrations } from '../../../server/dialects/gusher/registrations.ts';
import { fakeClock } from '../../support/clock.ts';
import { rejection } from '../../support/rejection.ts';

const NEW = { account: 'acc', password: 'secret', connectHook: '', requestIp: '127.0.0.1:1' };

/** A store in memory, which refuses changes while it is `broken`. */
function memoryStore(kept: StoredApp[] = []): AppStore & { broken: boolean; readonly kept: StoredApp[] } {
  const store = {
    kept,
    broken: false,
    load: async () => [...kept],
    async put(app: StoredApp) {
      if (store.broken) throw new Error('the disk is full');
      kept.push(app);
    },
    async remove(id: string) {
      if (store.broken) throw new Error('the disk is full');
      kept.splice(0, kept.length, ...kept.filter((one) => one.id !== id));
    },
  };
  return store;
}

async function setUp(appStore = memoryStore(), maxApps = 2) {
  const apps = createApps();
  const registrations = await createRegistrations({ apps, appStore, clock: fakeClock() }, maxApps);
  return { apps, appStore, registrations };
}

describe('createRegistrations', () => {
  it('keeps an app over a restart, and its password only as a hash', async () => {
    const { appStore, registrations } = await setUp();
    const made = await registrations.add({ key: 'shop', ...NEW });
    expect(await made.credential.matches('acc', 'secret')).to.equal(true);
    expect(JSON.stringify(appStore.kept)).not.to.contain('secret');

    const again = await setUp(appStore);
    const found = again.registrations.get('shop');
    expect(again.apps.byId('gusher:shop')).to.equal(found?.app);
    expect(await found?.credential.matches('acc', 'secret')).to.equal(true);
    expect(await found?.credential.matches('acc', 'wrong')).to.equal(false);
  });

  it('refuses a key twice, also while the first is on its way, and more than the limit', async () => {
    const { registrations } = await setUp();
    const first = registrations.add({ key: 'shop', ...NEW });
    expect((await rejection(registrations.add({ key: 'shop', ...NEW }))).message).to.equal('app_key repeat');
    await first;
    await registrations.add({ key: 'news', ...NEW });
    expect((await rejection(registrations.add({ key: 'more', ...NEW }))).message).to.match(/2 apps/);
  });

  it('changes nothing that cannot be stored', async () => {
    const { apps, appStore, registrations } = await setUp();
    appStore.broken = true;
    await rejection(registrations.add({ key: 'shop', ...NEW }));
    expect([registrations.list(), apps.list()]).to.deep.equal([[], []]);
    appStore.broken = false;
    await registrations.add({ key: 'shop', ...NEW });
    appStore.broken = true;
    await rejection(registrations.remove('shop'));
    expect(apps.byId('gusher:shop')).not.to.equal(undefined);
    appStore.broken = false;
    await registrations.remove('shop');
    expect([registrations.get('shop'), apps.byId('gusher:shop'), appStore.kept]).to.deep.equal([
      undefined,
      undefined,
      [],
    ]);
  });

  it('does not start on an app that is damaged, and ignores those of other dialects', async () => {
    const damaged = { id: 'gusher:shop', dialect: 'gusher', settings: { key: 'shop', password: 'plain' } };
    expect((await rejection(setUp(memoryStore([damaged])))).message).to.contain('"gusher:shop"');
    const { registrations } = await setUp(memoryStore([{ ...damaged, dialect: 'pusher' }]));
    expect(registrations.list()).to.deep.equal([]);
  });
});
