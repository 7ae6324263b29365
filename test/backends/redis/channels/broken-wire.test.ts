// The connection to Redis breaks at any command, in any way: what the nodes know together ends up as what each of them has.
import { expect } from 'chai';
import { event, type Recorder } from '../../../channel/fixtures.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire, type Moment } from '../../../support/redis/wire.ts';
import { type ChannelNode, openChannelNode } from './node.ts';

const MOMENTS: readonly Moment[] = ['before', 'unanswered', 'after'];
const COMMANDS = 10;

async function openBoth() {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  const wire = await layWire(redis.port);
  return {
    redis,
    wire,
    cut: await openChannelNode(redis.url(wire.port), { subscriptionCount: true }),
    whole: await openChannelNode(redis.url(), { subscriptionCount: true }),
  };
}

describe('channels on a connection that breaks', () => {
  for (const moment of MOMENTS) {
    it(`count what is there, wherever it breaks (${moment})`, async () => {
      const { wire, cut, whole } = await openBoth();
      for (let n = 1; n <= COMMANDS; n += 1) {
        const [room, presence] = [`room-${n}`, `presence-${n}`];
        const there: [socket: Recorder, id: string][] = [];
        await whole.channels.subscribe(whole.app, whole.socket(), presence, { member: { id: 'other' } });
        const broken = wire.cutAt(n, moment);
        const join = async (id: string) => {
          const socket = cut.socket();
          const asked = [
            cut.channels.subscribe(cut.app, socket, presence, { member: { id } }),
            cut.channels.subscribe(cut.app, socket, room),
          ];
          const results = await Promise.allSettled(asked);
          const joined = results.every((result) => result.status === 'fulfilled' && result.value.ok);
          // As a session does whose subscription was lost.
          if (joined) there.push([socket, id]);
          else cut.channels.disconnect(socket);
        };
        await Promise.all(['1', '2', '1'].map(join));
        const [leaver] = there;
        if (leaver !== undefined) cut.channels.disconnect(there.shift()?.[0] ?? leaver[0]);
        await join('3');
        await broken;
        await eventually(`all is known after ${n} commands`, async () => {
          expect(await whole.channels.subscriptionCount(whole.app, room)).to.equal(there.length);
          expect(await whole.channels.subscriptionCount(whole.app, presence)).to.equal(there.length + 1);
          const users = [...(await whole.channels.members(whole.app, presence)).keys()].sort();
          expect(users).to.deep.equal([...new Set(there.map(([, id]) => id)), 'other'].sort());
          return true;
        });
        for (const [socket] of there) cut.channels.disconnect(socket);
      }
      await eventually('nothing is left', async () => {
        expect(await whole.channels.occupied(whole.app, 'room')).to.deep.equal([]);
        return true;
      });
    });
  }

  it('are there again if Redis has lost everything', async () => {
    const { redis, cut, whole } = await openBoth();
    const [here, there] = [cut.socket(), whole.socket()];
    await cut.channels.subscribe(cut.app, here, 'presence-x', { member: { id: 1, info: 'a' } });
    await whole.channels.subscribe(whole.app, there, 'presence-x', { member: { id: '2' } });
    await whole.users.signIn(whole.app, there, 'bob', []);
    await redis.command('FLUSHALL');
    await eventually('all is said again', async () => {
      const members = [...(await whole.channels.members(whole.app, 'presence-x')).values()];
      expect(members).to.have.deep.members([{ id: 1, info: 'a' }, { id: '2' }]);
      expect(await whole.channels.subscriptionCount(whole.app, 'presence-x')).to.equal(2);
      return true;
    });
    const state = await eventually('bob is there', () => cut.users.signIn(cut.app, cut.socket(), 'ann', ['bob']));
    expect(state).to.deep.equal({ online: ['bob'], offline: [] });
    await whole.channels.publish(whole.app, ['presence-x'], event('news'));
    await eventually('events come again', () => here.events.some(({ name }) => name === 'news'));
  });

  it('tell subscribers who came and went meanwhile', async () => {
    const { wire, cut, whole } = await openBoth();
    const join = async (node: ChannelNode, id: string | number) => {
      const socket = node.socket();
      await node.channels.subscribe(node.app, socket, 'presence-x', { member: { id }, greet() {} });
      return socket;
    };
    const [goes, stays] = [await join(whole, 1), await join(cut, '2')];
    const users = [cut.socket(), whole.socket()] as const;
    await cut.users.signIn(cut.app, users[0], 'ann', ['bob']);
    wire.down();
    whole.channels.disconnect(goes);
    await join(whole, 3);
    await whole.users.signIn(whole.app, users[1], 'bob', []);
    wire.up();
    await eventually('it is told', () => stays.events.length === 2 && users[0].events.length === 1);
    expect(stays.take()).to.deep.equal([
      'presence-x member_removed {"user_id":1}',
      'presence-x member_added {"user_id":3}',
    ]);
    expect(users[0].take()).to.deep.equal([' watchlist {"events":[{"name":"online","user_ids":["bob"]}]}']);
    await whole.channels.publish(whole.app, ['presence-x'], event('news'));
    await eventually('events come again', () => stays.events.some(({ name }) => name === 'news'));
  });
});
