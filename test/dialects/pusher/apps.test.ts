// What the sockets of an app and its owner notice when the app comes, changes or goes while the relay runs.
import { expect } from 'chai';
import type { Logger } from '../../../server/base/logger.ts';
import { type World, world } from '../../world.ts';
import { rawWire } from './helpers.ts';

describe('an app that is made', () => {
  it('has the limits that it is made with', async () => {
    const relay = await world();
    const settings = { id: 'shop', limits: { connections: 1, retryWhenFull: true } };
    const { json } = await relay.request('/v1/apps', { method: 'POST', body: JSON.stringify(settings) });
    await (await rawWire(relay, `/app/${json.key}`)).frame();
    expect((await (await rawWire(relay, `/app/${json.key}`)).socket.closed).code).to.equal(4100);
    await relay.stop();
    await relay.start();
    await (await rawWire(relay, `/app/${json.key}`)).frame();
    expect((await (await rawWire(relay, `/app/${json.key}`)).socket.closed).code, 'after a restart').to.equal(4100);
  });
});

describe('an app that is removed', () => {
  it('closes its sockets, each with the key by which it came', async () => {
    const relay = await world();
    const made = await relay.request('/v1/apps', { method: 'POST', body: '{"id":"shop"}' });
    const rotated = await relay.request('/v1/apps/shop/keys', { method: 'POST', body: '{}' });
    const keys = [made.json.key, rotated.json.key];
    const sockets = await Promise.all(keys.map((key) => rawWire(relay, `/app/${key}`)));
    for (const one of sockets) await one.frame();
    await relay.request('/v1/apps/shop', { method: 'DELETE' });
    for (const [at, one] of sockets.entries()) {
      const message = `App key ${keys[at]} does not exist.`;
      expect(await one.frame()).to.deep.equal({ event: 'pusher:error', data: { code: 4001, message } });
      expect(await one.socket.closed).to.deep.equal({ code: 4001, reason: message });
    }
  });
});

describe('an app that signs for whoever asks', () => {
  /** The apps that the log warned of, and the logger that notes them. */
  function warnings(): { readonly of: unknown[]; readonly logger: Logger } {
    const of: unknown[] = [];
    const warn = (facts: object, text: string) => {
      if (text.includes('sampleAuth')) of.push('app' in facts ? facts.app : undefined);
    };
    return { of, logger: { debug() {}, info() {}, warn, error() {} } };
  }
  const create = (relay: World, settings: object) =>
    relay.request('/v1/apps', { method: 'POST', body: JSON.stringify(settings) });

  it('is warned of when it is made, once, and again when it comes back', async () => {
    const { of, logger } = warnings();
    const relay = await world({ logger });
    await create(relay, { id: 'safe' });
    expect(of).to.deep.equal([]);
    await create(relay, { id: 'trial', sampleAuth: true });
    expect(of).to.deep.equal(['trial']);
    await relay.request('/v1/apps/trial/keys', { method: 'POST', body: '{}' });
    expect(of).to.deep.equal(['trial']);
    await relay.request('/v1/apps/trial', { method: 'DELETE' });
    await create(relay, { id: 'trial', sampleAuth: true });
    expect(of).to.deep.equal(['trial', 'trial']);
  });

  it('is warned of at the start when it was made earlier', async () => {
    const { of, logger } = warnings();
    const relay = await world({ logger });
    await create(relay, { id: 'trial', sampleAuth: true });
    await relay.stop();
    await relay.start();
    expect(of).to.deep.equal(['trial', 'trial']);
  });
});
