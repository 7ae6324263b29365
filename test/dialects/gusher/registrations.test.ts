import { expect } from 'chai';
import { createApps, type StoredApp } from '../../../server/channel/apps.ts';
import { createRegistrations } from '../../../server/dialects/gusher/registrations.ts';
import { fakeClock } from '../../support/clock.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { createSharedStore } from '../../support/shared-store.ts';

const FULL = new Error('the disk is full');
const NEW = { account: 'acc', password: 'secret', connectHook: '', requestIp: '127.0.0.1:1' };

const sharedStore = (initial: Iterable<StoredApp> = []) => createSharedStore<StoredApp>(({ id }) => id, initial);

async function setUp(shared = sharedStore(), maxApps = 2) {
  const apps = createApps();
  const appStore = shared.node();
  const { logger, lines } = recordingLogger();
  const registrations = await createRegistrations({ apps, appStore, clock: fakeClock(), logger }, maxApps);
  return { apps, shared, appStore, registrations, lines };
}

describe('createRegistrations', () => {
  it('keeps an app over a restart, and its password only as a hash', async () => {
    const { shared, registrations } = await setUp();
    const made = await registrations.add({ key: 'shop', ...NEW });
    expect(await made.credential.matches('acc', 'secret')).to.equal(true);
    expect(JSON.stringify([...shared.records.values()])).not.to.contain('secret');

    const again = await setUp(shared);
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
    const { apps, shared, appStore, registrations } = await setUp();
    appStore.broken = FULL;
    await rejection(registrations.add({ key: 'shop', ...NEW }));
    expect([registrations.list(), apps.list()]).to.deep.equal([[], []]);
    appStore.broken = undefined;
    await registrations.add({ key: 'shop', ...NEW });
    appStore.broken = FULL;
    await rejection(registrations.remove('shop'));
    expect(apps.byId('gusher:shop')).not.to.equal(undefined);
    appStore.broken = undefined;
    await registrations.remove('shop');
    expect([registrations.get('shop'), apps.byId('gusher:shop'), shared.records.size]).to.deep.equal([
      undefined,
      undefined,
      0,
    ]);
  });

  it('does not start on an app that is damaged, and ignores those of other dialects', async () => {
    const damaged = { id: 'gusher:shop', dialect: 'gusher', settings: { key: 'shop', password: 'plain' } };
    expect((await rejection(setUp(sharedStore([damaged])))).message).to.contain('"gusher:shop"');
    const { registrations } = await setUp(sharedStore([{ ...damaged, dialect: 'pusher' }]));
    expect(registrations.list()).to.deep.equal([]);
  });

  it('follows the registrations and removals of another node', async () => {
    const one = await setUp();
    const two = await setUp(one.shared);
    await one.registrations.add({ key: 'shop', ...NEW });
    await two.appStore.catchUp();
    expect(await two.registrations.get('shop')?.credential.matches('acc', 'secret')).to.equal(true);
    expect(two.apps.byId('gusher:shop')).to.equal(two.registrations.get('shop')?.app);
    await two.registrations.remove('shop');
    await one.appStore.catchUp();
    expect([one.registrations.list(), one.apps.list()]).to.deep.equal([[], []]);
  });

  it('registers a key once when two nodes do so at once', async () => {
    const one = await setUp();
    const two = await setUp(one.shared);
    const both = await Promise.allSettled([one, two].map((node) => node.registrations.add({ key: 'shop', ...NEW })));
    const refused = both.flatMap((result) => (result.status === 'rejected' ? [result.reason.message] : []));
    expect(refused).to.deep.equal(['app_key repeat']);
  });

  it('goes on when another node stores what it cannot read', async () => {
    const { shared, appStore, registrations, lines } = await setUp();
    await shared.node().put({ id: 'gusher:shop', dialect: 'gusher', settings: 'of a later version' });
    await appStore.catchUp();
    expect(registrations.list()).to.deep.equal([]);
    expect(lines.map(({ level, text }) => [level, text])).to.deep.equal([
      ['error', 'an app that another node stored cannot be read'],
    ]);
  });
});
