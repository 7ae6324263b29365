// What the sockets of an app and its owner notice when the app comes, changes or goes while the relay runs.
import { expect } from 'chai';
import { world } from '../../world.ts';
import { rawWire } from './hands.ts';

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
