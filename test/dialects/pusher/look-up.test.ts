// Apps and keys that another node has made, and of which this node was not told yet.
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import type { StoredApp } from '../../../server/channel/apps.ts';
import { createSharedStore } from '../../support/shared-store.ts';
import { type World, world } from '../../world.ts';
import { rawWire, wire } from './helpers.ts';
import { call, EVENT } from './signed.ts';

/** A relay that is told of the apps of another node only when it asks. @param look what it does for that */
async function behind(look = (catchUp: () => Promise<void>) => catchUp()) {
  const shared = createSharedStore<StoredApp>(({ id }) => id);
  const [here, elsewhere] = [shared.node(), shared.node()];
  here.isBehind = true;
  const relay = await world({
    over: ({ ownership }) => ({
      apps: { ...here, catchUp: () => look(here.catchUp) },
      ownership: { ...ownership, isShared: true },
    }),
  });
  return { relay, elsewhere };
}

const app = (keys: readonly string[]): StoredApp => {
  return { id: 'chat', dialect: 'pusher', settings: { id: 'chat', keys: keys.map((key) => ({ key, secret: 's' })) } };
};
const trigger = (relay: World, key: string) =>
  call(relay, 'events', { app: 'chat', key, secret: 's', body: JSON.stringify(EVENT) });

describe('an app that another node has just made', () => {
  it('lets in sockets that come here, whose first frames wait', async () => {
    const { relay, elsewhere } = await behind();
    await elsewhere.put(app(['one']));
    const early = await rawWire(relay, '/app/one?protocol=7');
    early.send({ event: 'pusher:ping', data: {} });
    expect([(await early.frame()).event, (await early.frame()).event]).to.deep.equal([
      'pusher:connection_established',
      'pusher:pong',
    ]);
    await wire(relay, 'one');
  });

  it('can be triggered here, with a new key too', async () => {
    const { relay, elsewhere } = await behind();
    await elsewhere.put(app(['one']));
    expect((await trigger(relay, 'one')).status).to.equal(200);
    await elsewhere.put(app(['one', 'two']));
    await relay.clock.tick(100);
    expect((await trigger(relay, 'two')).status).to.equal(200);
  });

  it('is refused when there is none, after one look for many', async () => {
    let looks = 0;
    const { relay } = await behind(async () => {
      looks += 1;
    });
    const one = await rawWire(relay, '/app/nobody?protocol=7');
    expect((await one.socket.closed).code).to.equal(4001);
    const others = await Promise.all([1, 2, 3].map(() => rawWire(relay, '/app/nobody?protocol=7')));
    const codes = Promise.all(others.map(async ({ socket }) => (await socket.closed).code));
    await relay.clock.tick(100);
    expect(await codes).to.deep.equal([4001, 4001, 4001]);
    expect(looks).to.be.within(2, 4);
    await relay.clock.tick(100);
    expect((await trigger(relay, 'nobody')).status).to.equal(404);
  });

  it('is 503 for requests, and 4200 for sockets, while no one can tell', async () => {
    const { relay } = await behind(async () => {
      throw new RelayError('unavailable', 'the store cannot be reached');
    });
    const one = await rawWire(relay, '/app/one?protocol=7');
    expect((await one.socket.closed).code).to.equal(4200);
    await relay.clock.tick(100);
    expect((await trigger(relay, 'one')).status).to.equal(503);
  });
});
