import { expect } from 'chai';
import { createAppRegistry } from '../../server/apps/registry.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createApp } from '../../server/channel/app.ts';
import { createApps, type StoredApp } from '../../server/channel/apps.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { rejection } from '../support/rejection.ts';
import { createSharedStore, type SharedStore } from '../support/shared-store.ts';

const HOUR = 3_600_000;
const FULL = new Error('the disk is full');
const times = { activityTimeout: 120_000, pongTimeout: 30_000 };

const sharedStore = (initial: Iterable<StoredApp> = []) => createSharedStore<StoredApp>(({ id }) => id, initial);

interface Parts {
  readonly shared?: SharedStore<StoredApp>;
  readonly clock?: FakeClock;
  readonly configured?: readonly string[];
}

async function setUp({ shared = sharedStore(), clock = fakeClock(), configured = [] }: Parts = {}) {
  const key = (id: string) => [{ key: `${id}-key`, secret: 's', active: true }];
  const apps = createApps(['relay', ...configured].map((id) => createApp({ id, keys: key(id) })));
  const warnings: object[] = [];
  const errors: object[] = [];
  const logger = {
    ...silentLogger,
    warn: (facts: object) => warnings.push(facts),
    error: ({ err: _err, ...facts }: Record<string, unknown>) => errors.push(facts),
  };
  const store = shared.node();
  const registry = await createAppRegistry({ apps, store, times, clock, logger });
  return { apps, shared, store, clock, warnings, errors, registry };
}

const codeOf = async (promise: Promise<unknown>) => ((await rejection(promise)) as Error & { code: string }).code;

describe('create', () => {
  it('stores an app that works at once, and shows its secret only then', async () => {
    const { apps, shared, registry } = await setUp();
    const made = await registry.create({ id: 'chat', clientEvents: true });
    expect(apps.byKey(made.key)?.clientEvents).to.equal(true);
    expect([...shared.records.keys()]).to.deep.equal(['chat']);
    expect(JSON.stringify(registry.list())).not.to.contain(made.secret);
    expect(registry.list().map(({ id, registered }) => [id, registered])).to.deep.equal([
      ['relay', false],
      ['chat', true],
    ]);
  });

  it('changes nothing when the app cannot be stored', async () => {
    const { apps, store, registry } = await setUp();
    store.broken = FULL;
    await rejection(registry.create({ id: 'chat' }));
    expect(apps.byId('chat')).to.equal(undefined);
    store.broken = undefined;
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
      const { shared, registry } = await setUp({ configured: ['news'] });
      expect(await codeOf(registry.create(settings))).to.equal('invalid');
      expect(shared.records.size).to.equal(0);
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

    const { apps, registry } = await setUp({ shared: first.shared, clock: first.clock });
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
    const { shared, registry: before } = await setUp();
    await before.create({ id: 'chat' });
    before.close();
    const { apps, warnings, registry } = await setUp({ shared, configured: ['chat'] });
    expect(warnings).to.deep.equal([{ app: 'chat', by: 'chat' }]);
    expect(await codeOf(registry.rotate('chat'))).to.equal('forbidden');
    expect(await codeOf(registry.create({ id: 'chat' }))).to.equal('invalid');
    await registry.remove('chat');
    expect(shared.records.size).to.equal(0);
    expect(apps.byKey('chat-key')?.id).to.equal('chat');
    expect(await codeOf(registry.remove('chat'))).to.equal('forbidden');
    registry.close();
  });
});

it('a start with an app that is damaged fails and names it', async () => {
  const app = { id: 'chat', dialect: 'pusher', settings: { id: 'chat', keys: [{ key: 'k' }] } };
  const error = await rejection(setUp({ shared: sharedStore([app]) }));
  expect(error.message).to.match(/^the app "chat" of the registry: keys\.0\.secret: /);
});

describe('two nodes', () => {
  async function twoNodes(configured: readonly string[] = []) {
    const one = await setUp({ configured });
    const two = await setUp({ shared: one.shared, configured });
    onCleanup(() => {
      one.registry.close();
      two.registry.close();
    });
    return [one, two] as const;
  }

  it('follow each other when an app is made, gets a key, and is removed', async () => {
    const [one, two] = await twoNodes();
    const made = await one.registry.create({ id: 'chat' });
    await two.store.catchUp();
    expect(two.apps.byKey(made.key)?.id).to.equal('chat');
    const rotated = await two.registry.rotate('chat', 0);
    await one.store.catchUp();
    expect([one.apps.byKey(made.key), one.apps.byKey(rotated.key)?.id]).to.deep.equal([undefined, 'chat']);
    const gone: (string | undefined)[] = [];
    two.apps.onChange((id, app) => gone.push(app === undefined ? id : undefined));
    await one.registry.remove('chat');
    await two.store.catchUp();
    expect([two.apps.byId('chat'), gone]).to.deep.equal([undefined, ['chat']]);
    expect(await codeOf(two.registry.remove('chat'))).to.equal('not_found');
  });

  it('make one app of an id that both create at once', async () => {
    const [one, two] = await twoNodes();
    const both = await Promise.allSettled([one.registry.create({ id: 'chat' }), two.registry.create({ id: 'chat' })]);
    expect(both.map(({ status }) => status)).to.have.members(['fulfilled', 'rejected']);
    await Promise.all([one.store.catchUp(), two.store.catchUp()]);
    expect(one.apps.byId('chat')?.keys).to.deep.equal(two.apps.byId('chat')?.keys);
  });

  it('keep the keys of both when both rotate an app at once', async () => {
    const [one, two] = await twoNodes();
    await one.registry.create({ id: 'chat' });
    await two.store.catchUp();
    const made = await Promise.all([one.registry.rotate('chat'), two.registry.rotate('chat')]);
    await one.store.catchUp();
    for (const { key } of made) for (const { apps } of [one, two]) expect(apps.byKey(key)?.id).to.equal('chat');
  });

  it('have an app off where its key belongs to another app, and say so', async () => {
    const [one, two] = await twoNodes(['news']);
    await one.shared.node().put({
      id: 'chat',
      dialect: 'pusher',
      settings: { id: 'chat', keys: [{ key: 'news-key', secret: 's' }] },
    });
    await Promise.all([one.store.catchUp(), two.store.catchUp()]);
    expect([one.warnings, two.warnings]).to.deep.equal([[{ app: 'chat', by: 'news' }], [{ app: 'chat', by: 'news' }]]);
    await two.registry.remove('chat');
    expect(two.apps.byKey('news-key')?.id).to.equal('news');
  });

  it('go on when another node stores what they cannot read', async () => {
    const [one] = await twoNodes();
    await one.shared.node().put({ id: 'chat', dialect: 'pusher', settings: 'of a later version' });
    await one.store.catchUp();
    expect(one.apps.byId('chat')).to.equal(undefined);
    expect(one.errors).to.deep.equal([{ app: 'chat' }]);
  });
});
