import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import type { World } from '../../world.ts';
import { ask, call, member, relay1_13 } from './relay.ts';

describe('gusher.cluster over two nodes', () => {
  let one: World;
  let two: World;
  beforeEach(async () => {
    [one, two] = await twoWorlds(relay1_13());
  });

  async function on(relay: World, channel: string, user: string) {
    const socket = await member(relay, { user, channels: ['*'] });
    await ask(socket, 'gusher.subscribe', { channel });
    return socket;
  }

  const answer = async (relay: World, path: string) => (await call(relay, `GET /api/TEST/${path}`)).json;

  it('lists the channels and the users of both', async () => {
    const socket = await on(one, 'AA', 'U1');
    await on(two, 'AA', 'U2');
    await on(two, 'BB', 'U2');
    for (const relay of [one, two]) {
      expect((await answer(relay, 'channels')).sort()).to.deep.equal(['AA', 'BB']);
      expect((await answer(relay, 'online')).sort()).to.deep.equal(['U1', 'U2']);
      expect(await answer(relay, 'online/bychannel/AA')).to.deep.equal(['U1', 'U2']);
      expect(await answer(relay, 'online/bychannel/BB')).to.deep.equal(['U2']);
    }
    socket.ws.close();
    await eventually('he is gone', async () => (await answer(two, 'online/bychannel/AA/count')).count === 1);
    expect(await answer(two, 'online')).to.deep.equal(['U2']);
  });

  it('pushes to channels, patterns and users of the other', async () => {
    const socket = await on(two, 'AA', 'U2');
    await call(one, 'POST /api/push/TEST/AA/news', { data: '{"n":1}' });
    expect(JSON.parse(await socket.next())).to.deep.include({ event: 'news', channel: 'AA', data: { n: 1 } });
    await call(one, 'POST /api/push/user/TEST/U2', { data: '"hi"' });
    expect(await socket.next()).to.include('hi');
  });
});
