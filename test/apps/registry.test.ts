import { expect } from 'chai';
import { createAppRegistry } from '../../server/apps/registry.ts';
import { createApp } from '../../server/channel/app.ts';
import { type AppStore, createApps, type StoredApp } from '../../server/channel/apps.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { rejection } from '../support/rejection.ts';

const HOUR = 3_600_000;
const times = { activityTimeout: 120_000, pongTimeout: 30_000 };

/** A store in memory, which refuses everything while it is `broken`. */
function memoryStore(): AppStore & { broken: boolean; readonly kept: Map<string, StoredApp> } {
  const kept = new Map<string, StoredApp>();
  const store = {
    kept,
    broken: false,
    load: async () => [...kept.values()],
    async put(app: StoredApp) {
      if (store.broken) throw new Error('the disk is full');
      kept.set(app.id, app);
    },
    async remove(id: string) {
      if (store.broken) throw new Error('the disk is full');
      kept.delete(id);
    },
  };
  return store;
}

interface Parts {
  readonly store?: ReturnType<typeof memoryStore>;
  readonly clock?: FakeClock;
  readonly configured?: readonly string[];
}

async function setUp({ store = memoryStore(), clock = fakeClock(), configured = [] }: Parts = {}) {
  const key = (id: string) => [{ key: `${id}-key`, secret: 's', active: true }];
  const apps = createApps(['relay', ...configured].map((id) => createApp({ id, keys: key(id) })));
  const warnings: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (facts: object) => warnings.push(facts) };
  const registry = await createAppRegistry({ apps, store, times, clock, logger });
  return { apps, store, clock, warnings, registry };
}

const codeOf = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error & { code: string }).code;

describe('create', () => {
  it('stores an app that works at once, and shows its secret only then', async () => {
    const { apps, store, registry } = await setUp();
    const made = await registry.create({ id: 'chat', clientEvents: true });
    expect(apps.byKey(made.key)?.clientEvents).to.equal(true);
    expect([...store.kept.keys()]).to.deep.equal(['chat']);
    expect(JSON.stringify(registry.list())).not.to.contain(made.secret);
    expect(registry.list().map(({ id, registered }) => [id, registered])).to.deep.equal([
      ['relay', false],
      ['chat', true],
    ]);
  });

  it('changes nothing when the app cannot be stored', async () => {
    const { apps, store, registry } = await setUp();
    store.broken = true;
    await rejection(registry.create({ id: 'chat' }));
    expect(apps.byId('chat')).to.equal(undefined);
    store.broken = false;
    await registry.create({ id: 'chat' });
  });

  const wrong: [what: string, settings: Record<string, unknown>][] = [
    ['an id of the config', { id: 'news' }],
    ['the id of the relay itself', { id: 'relay' }],
    ['a key of another app', { id: 'chat', key: 'news-key', secret: 's' }],
    ['half a key', { id: 'chat', key: 'k' }],
    ['no key', { id: 'chat', keys: [] }],
    ['an unknown setting', { id: 'chat', clientEvent: true }],
    ['no id', {}],
  ];
  for (const [what, settings] of wrong) {
    it(`refuses ${what} and stores nothing`, async () => {
      const { store, registry } = await setUp({ configured: ['news'] });
      expect(await codeOf(registry.create(settings))).to.equal('invalid');
      expect(store.kept.size).to.equal(0);
    });
  }
});

describe('rotate', () => {
  it('ends older keys after the time, also after a restart', async () => {
    const first = await setUp();
    const old = await first.registry.create({ id: 'chat' });
    const made = await first.registry.rotate('chat', HOUR);
    expect(made.olderUntil).to.equal(first.clock.now() + HOUR);
    first.registry.close();

    const { apps, registry } = await setUp({ store: first.store, clock: first.clock });
    expect(apps.byKey(old.key)?.id).to.equal('chat');
    await first.clock.tick(HOUR);
    expect([apps.byKey(old.key), apps.byKey(made.key)?.id]).to.deep.equal([undefined, 'chat']);
    registry.close();
  });

  it('makes one key for each of two calls at once', async () => {
    const { apps, registry } = await setUp();
    await registry.create({ id: 'chat' });
    const made = await Promise.all([registry.rotate('chat', HOUR), registry.rotate('chat', HOUR)]);
    expect(made.map(({ key }) => apps.byKey(key)?.id)).to.deep.equal(['chat', 'chat']);
    expect(apps.byId('chat')?.keys).to.have.length(3);
    registry.close();
  });

  it('refuses apps that it does not own, and invalid times', async () => {
    const { registry } = await setUp({ configured: ['news'] });
    await registry.create({ id: 'chat' });
    expect(await codeOf(registry.rotate('news'))).to.equal('forbidden');
    expect(await codeOf(registry.rotate('relay'))).to.equal('forbidden');
    expect(await codeOf(registry.rotate('nothing'))).to.equal('not_found');
    for (const keep of [-1, 0.5, Number.NaN, 366 * 24 * HOUR]) {
      expect(await codeOf(registry.rotate('chat', keep)), `${keep}`).to.equal('invalid');
    }
    registry.close();
  });
});

describe('an app that a later config displaces', () => {
  it('is off with a warning, and can only be removed', async () => {
    const { store, registry: before } = await setUp();
    await before.create({ id: 'chat' });
    before.close();
    const { apps, warnings, registry } = await setUp({ store, configured: ['chat'] });
    expect(warnings).to.deep.equal([{ app: 'chat', by: 'chat' }]);
    expect(await codeOf(registry.rotate('chat'))).to.equal('forbidden');
    expect(await codeOf(registry.create({ id: 'chat' }))).to.equal('invalid');
    await registry.remove('chat');
    expect(store.kept.size).to.equal(0);
    expect(apps.byKey('chat-key')?.id).to.equal('chat');
    expect(await codeOf(registry.remove('chat'))).to.equal('forbidden');
    registry.close();
  });
});

it('a start with an app that is damaged fails and names it', async () => {
  const store = memoryStore();
  store.kept.set('chat', { id: 'chat', dialect: 'pusher', settings: { id: 'chat', keys: [{ key: 'k' }] } });
  const error = await rejection(setUp({ store }));
  expect(error.message).to.match(/^the app "chat" of the registry: keys\.0\.secret: /);
});
