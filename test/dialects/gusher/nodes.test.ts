import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import type { World } from '../../world.ts';
import { call, gusherRelay, push, register } from './relay.ts';

describe('gusher over two nodes', () => {
  it('pushes to the sockets of both, and counts each tag once', async () => {
    const [one, two] = await twoWorlds(gusherRelay());
    expect((await register(one, 'shop')).status).to.equal(200);
    const online = async (relay: World) => (await call(relay, 'GET /api/shop/listonlineuser')).json;
    await eventually('the other knows it', async () => (await online(two)).app_key === 'shop');
    const sockets = [
      await one.socket('/ws/shop/ann'),
      await two.socket('/ws/shop/ann'),
      await two.socket('/ws/shop/bob'),
    ];
    await eventually('all are there', async () => (await push(one, 'shop', 'hello')).sent === 3);
    for (const relay of [one, two])
      expect(await online(relay)).to.deep.equal({ app_key: 'shop', total: 2, user_tags: { ann: null, bob: null } });
    expect(await push(one, 'shop', 'to all')).to.deep.include({ total: 2 });
    expect(await push(one, 'shop', 'to bob', 'bob')).to.deep.include({ sent: 1 });
    await eventually('all come', () => sockets.every(({ frames }) => frames.join().includes('to all')));
    await eventually('his comes', () => sockets[2]?.frames.join().includes('to bob'));
    expect(sockets[1]?.frames.join()).not.to.include('to bob');
  });
});
