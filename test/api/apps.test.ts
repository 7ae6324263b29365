import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hmacHex } from '../../server/base/hmac.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { receiver } from '../app-webhooks/receiver.ts';
import { rawWire, serverOf, wire } from '../dialects/pusher/helpers.ts';
import { eventually } from '../support/eventually.ts';
import { type World, world } from '../world.ts';

const send = (relay: World, path: string, body: unknown) =>
  relay.request(path, { method: 'POST', body: JSON.stringify(body) });

describe('/v1/apps', () => {
  it('creates an app that works at once and after a restart, and removes it with its connections', async () => {
    const relay = await world();
    const made = await send(relay, '/v1/apps', { id: 'shop', clientEvents: true });
    expect(made.status).to.equal(201);
    expect(made.json).to.have.all.keys('id', 'key', 'secret');
    await wire(relay, made.json.key);
    await relay.stop();
    await relay.start();
    const one = await wire(relay, made.json.key);
    const { text, json } = await relay.request('/v1/apps');
    expect(text).not.to.contain(made.json.secret);
    expect(json.apps.at(-1)).to.deep.equal({
      id: 'shop',
      enabled: true,
      keys: [{ key: made.json.key, active: true }],
      registered: true,
    });
    expect((await relay.request('/v1/apps/shop', { method: 'DELETE' })).json).to.deep.equal({ removed: 'shop' });
    expect((await one.socket.closed).code).to.equal(4001);
    expect((await (await rawWire(relay, `/app/${made.json.key}`)).socket.closed).code).to.equal(4001);
    expect((await relay.request('/v1/apps/shop', { method: 'DELETE' })).status).to.equal(404);
  });

  it('creates a new key, and keeps older ones valid for a while', async () => {
    const relay = await world();
    const { json: first } = await send(relay, '/v1/apps', { id: 'shop' });
    const { json: second } = await send(relay, '/v1/apps/shop/keys', { keep: 60_000 });
    expect(second.olderUntil).to.equal(relay.clock.now() + 60_000);
    const [old, young] = [await wire(relay, first.key), await wire(relay, second.key)];
    for (const one of [old, young]) {
      for (const [index, { key, secret }] of [first, second].entries()) {
        one.subscribe(`private-${index}`, undefined, key, secret);
        expect((await one.frame()).event).to.equal('pusher_internal:subscription_succeeded');
      }
    }
    const trigger = async ({ key, secret }: { key: string; secret: string }) =>
      serverOf(relay, { appId: 'shop', key, secret })
        .trigger('x', 'e', '')
        .then(({ status }) => status)
        .catch(({ status }) => status);
    expect([await trigger(first), await trigger(second)]).to.deep.equal([200, 200]);
    await relay.clock.tick(59_999);
    expect(await trigger(first)).to.equal(200);
    await relay.clock.tick(1);
    expect([await trigger(first), await trigger(second)]).to.deep.equal([401, 200]);
    young.subscribe('private-2', undefined, first.key, first.secret);
    expect((await young.frame()).data.message).to.match(/^Invalid key/);
    expect(await old.socket.closed).to.deep.equal({ code: 4001, reason: `App key ${first.key} does not exist.` });
    expect((await (await rawWire(relay, `/app/${first.key}`)).socket.closed).code).to.equal(4001);
    const { json } = await relay.request('/v1/apps');
    expect(json.apps.at(-1).keys).to.deep.equal([{ key: second.key, active: true }]);
  });

  it('keeps older keys for a week by default, even over a restart', async () => {
    const relay = await world();
    const { json: first } = await send(relay, '/v1/apps', { id: 'shop' });
    const { json: second } = await send(relay, '/v1/apps/shop/keys', {});
    const until = relay.clock.now() + 7 * 86_400_000;
    expect(second.olderUntil).to.equal(until);
    const keys = async () => (await relay.request('/v1/apps')).json.apps.at(-1).keys;
    await relay.stop();
    await relay.start();
    expect(await keys()).to.deep.equal([
      { key: first.key, active: true, until },
      { key: second.key, active: true },
    ]);
    await wire(relay, first.key);
    await relay.stop();
    await relay.clock.tick(7 * 86_400_000);
    await relay.start();
    expect(await keys()).to.deep.equal([{ key: second.key, active: true }]);
    expect((await (await rawWire(relay, `/app/${first.key}`)).socket.closed).code).to.equal(4001);
    // What has ended is free again.
    expect((await send(relay, '/v1/apps', { id: 'heir', key: first.key, secret: 's' })).status).to.equal(201);
    await relay.stop();
    await relay.start();
    await wire(relay, first.key);
  });

  it('accepts any number of new keys, and ends older ones at once on request', async () => {
    const relay = await world();
    const { json: first } = await send(relay, '/v1/apps', { id: 'shop' });
    const one = await wire(relay, first.key);
    for (let n = 0; n < 40; n += 1) {
      const { status, json } = await send(relay, '/v1/apps/shop/keys', { keep: 0 });
      expect([status, json.olderUntil]).to.deep.equal([201, undefined]);
    }
    expect((await one.socket.closed).code).to.equal(4001);
    expect((await relay.request('/v1/apps')).json.apps.at(-1).keys).to.have.length(1);
    for (let n = 0; n < 31; n += 1) expect((await send(relay, '/v1/apps/shop/keys', {})).status).to.equal(201);
    const full = await send(relay, '/v1/apps/shop/keys', {});
    expect([full.status, full.json.error]).to.deep.equal([
      400,
      'the app already has 32 keys: end older ones sooner with a shorter keep, or at once with keep 0',
    ]);
    expect((await send(relay, '/v1/apps/shop/keys', { keep: 0 })).status).to.equal(201);
  });

  it('never extends the end of a key that an earlier change set', async () => {
    const relay = await world();
    await send(relay, '/v1/apps', { id: 'shop' });
    await send(relay, '/v1/apps/shop/keys', { keep: 1_000 });
    await send(relay, '/v1/apps/shop/keys', { keep: 5_000 });
    const now = relay.clock.now();
    const { keys } = (await relay.request('/v1/apps')).json.apps.at(-1);
    expect(keys.map(({ until }: { until?: number }) => until)).to.deep.equal([now + 1_000, now + 5_000, undefined]);
  });

  it('signs hooks with the oldest valid key', async () => {
    const hooks = await receiver();
    const relay = await world();
    const webhooks = [{ url: hooks.url, events: ['channel_occupied'], batch: false }];
    const { json: first } = await send(relay, '/v1/apps', { id: 'shop', webhooks });
    const { json: second } = await send(relay, '/v1/apps/shop/keys', { keep: 60_000 });
    const one = await wire(relay, second.key);
    const signedBy = async (channel: string, { key, secret }: { key: string; secret: string }) => {
      await one.join(channel);
      const { headers, body } = await hooks.next();
      expect(headers['x-pusher-key']).to.equal(key);
      expect(headers['x-pusher-signature']).to.equal(hmacHex(secret, body));
      // The relay reads the answer in its own time, and would try again if that passed meanwhile.
      await eventually('nothing is queued', async () => (await relay.fetch('/health')).json.queued === 0);
    };
    await signedBy('a', first);
    await relay.clock.tick(60_000);
    await signedBy('b', second);
  });

  it('ends the key that the app was created with', async () => {
    const relay = await world();
    const until = new Date(relay.clock.now() + 60_000).toISOString();
    const keys = [
      { key: 'old', secret: 's', until },
      { key: 'new', secret: 't' },
    ];
    const { json } = await send(relay, '/v1/apps', { id: 'shop', keys });
    expect(json).to.deep.equal({ id: 'shop', key: 'new', secret: 't' });
    const one = await wire(relay, 'old');
    await relay.clock.tick(60_000);
    expect((await one.socket.closed).code).to.equal(4001);
  });

  it('refuses an invalid time', async () => {
    const relay = await world();
    await send(relay, '/v1/apps', { id: 'shop' });
    for (const keep of [-1, 1.5, '1d', null, 366 * 86_400_000]) {
      expect((await send(relay, '/v1/apps/shop/keys', { keep })).status, String(keep)).to.equal(400);
    }
    expect((await relay.request('/v1/apps')).json.apps.at(-1).keys).to.have.length(1);
  });

  it('ends keys of the config at the time in the config', async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const keys = [
      { key: 'old', secret: 's', until },
      { key: 'new', secret: 's' },
    ];
    const relay = await world({ config: { apps: [{ id: '1', keys }] } });
    const one = await wire(relay, 'old');
    const other = await wire(relay, 'new');
    await relay.clock.tick(60_000);
    expect((await one.socket.closed).code).to.equal(4001);
    expect(await other.settled()).to.deep.equal([]);
  });

  const taken: [what: string, app: object, by: string][] = [
    ['its id', { id: 'shop', key: 'k', secret: 's' }, 'shop'],
    ['its key', { id: 'chat', key: 'shop-key', secret: 's' }, 'chat'],
  ];
  for (const [what, app, by] of taken) {
    it(`says so at the start when the config has taken ${what}, and keeps it until it is removed`, async () => {
      const config: { apps?: object[] } = {};
      const warnings: { facts: object; text: string }[] = [];
      const logger = { ...silentLogger, warn: (facts: object, text: string) => warnings.push({ facts, text }) };
      const relay = await world({ config, logger });
      await send(relay, '/v1/apps', { id: 'shop', key: 'shop-key', secret: 'kept' });
      await relay.stop();
      config.apps = [app];
      await relay.start();
      const [warning] = warnings;
      expect(warning?.facts).to.deep.equal({ app: 'shop', by });
      expect(warning?.text).to.match(/its id or one of its keys.*"herald apps remove shop"/);
      expect((await relay.request('/v1/apps')).json.apps.map(({ id }: { id: string }) => id)).to.deep.equal([
        'relay',
        by,
      ]);
      expect((await send(relay, '/v1/apps', { id: 'shop' })).status).to.equal(400);
      await relay.stop();
      delete config.apps;
      await relay.start();
      expect((await relay.request('/v1/apps')).json.apps.at(-1).keys).to.deep.equal([
        { key: 'shop-key', active: true },
      ]);
      await relay.stop();
      config.apps = [app];
      await relay.start();
      expect((await relay.request('/v1/apps/shop', { method: 'DELETE' })).status).to.equal(200);
      expect((await relay.request('/v1/apps')).json.apps).to.have.length(2);
      await relay.stop();
      delete config.apps;
      await relay.start();
      expect((await relay.request('/v1/apps')).json.apps).to.have.length(1);
      expect(warnings).to.have.length(2);
    });
  }

  it('names the app that keeps a relay from starting', async () => {
    const relay = await world();
    await send(relay, '/v1/apps', { id: 'shop' });
    await relay.stop();
    const file = join(relay.dir, 'registry.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"batch":\s*10/, '"batch": 0'));
    const error = await relay.start().catch((reason: Error) => reason);
    expect(error?.message).to.match(/^the app "shop" of the registry: limits\.batch: /);
  });

  it('refuses invalid input, taken names, and callers without the token', async () => {
    const relay = await world({ config: { apps: [{ id: '1', key: 'k', secret: 's' }] } });
    const wrong = [
      {},
      { id: 'relay' },
      { id: '1' },
      { id: 'a', key: 'k', secret: 's' },
      { id: 'a', key: 'x' },
      { id: 'a', unknown: true },
      { id: 'a:b' },
      { id: 'a', limits: { batch: 'many' } },
      [],
    ];
    for (const body of wrong) expect((await send(relay, '/v1/apps', body)).status, JSON.stringify(body)).to.equal(400);
    expect((await send(relay, '/v1/apps/1/keys', {})).status).to.equal(403);
    expect((await send(relay, '/v1/apps/nobody/keys', {})).status).to.equal(404);
    expect((await relay.request('/v1/apps/relay', { method: 'DELETE' })).status).to.equal(403);
    const { auth } = await relay.device('phone');
    expect((await relay.request('/v1/apps', { headers: { authorization: auth } })).status).to.equal(403);
    expect((await relay.fetch('/v1/apps')).status).to.equal(401);
    expect((await relay.request('/v1/apps')).json.apps).to.have.length(2);
  });
});
