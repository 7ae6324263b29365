import { expect } from 'chai';
import { deviceChannel } from '../../../../server/channel/relay-app.ts';
import { event } from '../../../channel/fixtures.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire } from '../../../support/redis/wire.ts';
import { rejection } from '../../../support/rejection.ts';
import { announce, type ChannelNode, keys, openChannelNode, RELAY } from './node.ts';

async function openTwo(options: Parameters<typeof openChannelNode>[1] = {}) {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  return {
    redis,
    one: await openChannelNode(redis.url(), options),
    two: await openChannelNode(redis.url(), options),
  };
}

/** Subscribes a new socket of a node. */
async function join(node: ChannelNode, channel: string, id?: string | number, info?: unknown) {
  const socket = node.socket();
  const member = id === undefined ? undefined : { id, info };
  const grant = await node.channels.subscribe(node.app, socket, channel, { member, greet: () => {} });
  return { socket, grant };
}

describe('occupancy in Redis', () => {
  it('counts the subscribers of all nodes', async () => {
    const { one, two } = await openTwo();
    const { grant } = await join(one, 'room');
    expect(grant).to.include({ ok: true, firstOfChannel: true });
    const second = await join(two, 'room');
    expect(second.grant).to.include({ firstOfChannel: false });
    await join(two, 'private-x');
    for (const { channels, app } of [one, two]) {
      expect(await channels.subscriptionCount(app, 'room')).to.equal(2);
      expect(await channels.channelCount(app)).to.equal(2);
      expect([...(await channels.occupied(app))].sort()).to.deep.equal(['private-x', 'room']);
      expect(await channels.occupied(app, 'pri')).to.deep.equal(['private-x']);
    }
    two.channels.disconnect(second.socket);
    await eventually('it went', async () => (await one.channels.subscriptionCount(one.app, 'room')) === 1);
  });

  it('leaves nothing behind when the last subscriber has gone', async () => {
    const { redis, one, two } = await openTwo();
    const before = await redis.command<string[]>('KEYS', '*');
    const sockets = [await join(one, 'presence-x', '1'), await join(two, 'presence-x', '2'), await join(two, 'y')];
    one.channels.disconnect(sockets[0]?.socket ?? one.socket());
    for (const { socket } of sockets.slice(1)) two.channels.disconnect(socket);
    await eventually('it is empty', async () => (await one.channels.channelCount(one.app)) === 0);
    expect((await redis.command<string[]>('KEYS', '*')).sort()).to.deep.equal(before.sort());
  });

  it('gives a joiner the members of all nodes in the order in which they came', async () => {
    const { one, two } = await openTwo();
    await join(one, 'presence-x', 10, { name: 'ä "b"' });
    await join(two, 'presence-x', '9', [1, null]);
    await join(two, 'presence-x', 10, { name: 'other' });
    const { grant } = await join(one, 'presence-x', '__proto__');
    if (!grant.ok) throw new Error(grant.reason);
    expect(grant).to.include({ firstOfUser: true });
    const expected = [
      ['10', { id: 10, info: { name: 'ä "b"' } }],
      ['9', { id: '9', info: [1, null] }],
      ['__proto__', { id: '__proto__' }],
    ];
    expect([...(grant.members ?? [])]).to.deep.equal(expected);
    expect([...(await two.channels.members(two.app, 'presence-x'))]).to.deep.equal(expected);
    expect(await two.channels.userCount(two.app, 'presence-x')).to.equal(3);
  });

  it('tells each subscriber once who comes and who goes, on whichever node', async () => {
    const { one, two } = await openTwo();
    const first = await join(one, 'presence-x', '1');
    const near = await join(one, 'presence-x', 2, { a: 1 });
    const far = await join(two, 'presence-x', 2);
    const last = await join(two, 'presence-x', '3');
    await eventually('both are told', () => first.socket.events.length === 2 && near.socket.events.length === 1);
    one.channels.disconnect(near.socket);
    two.channels.disconnect(far.socket);
    await eventually('he is gone', () => last.socket.events.length === 1);
    await eventually('the other node tells it', () => first.socket.events.length === 3);
    expect(first.socket.take()).to.deep.equal([
      'presence-x member_added {"user_id":2,"user_info":{"a":1}}',
      'presence-x member_added {"user_id":"3"}',
      'presence-x member_removed {"user_id":2}',
    ]);
    expect(last.socket.take()).to.deep.equal(['presence-x member_removed {"user_id":2}']);
    expect(near.socket.take()).to.deep.equal(['presence-x member_added {"user_id":"3"}']);
    expect(far.socket.take()).to.deep.equal(['presence-x member_added {"user_id":"3"}']);
  });

  it('refuses one of two members who come at the same moment, if there is one place', async () => {
    const { one, two } = await openTwo({ limits: { presenceMembers: 2 } });
    await join(one, 'presence-x', '1');
    const both = await Promise.all([join(one, 'presence-x', '2'), join(two, 'presence-x', '3')]);
    const refused = both.filter(({ grant }) => !grant.ok);
    expect(refused.map(({ grant }) => grant)).to.deep.equal([{ ok: false, reason: 'channel_full' }]);
    expect(await one.channels.subscriptionCount(one.app, 'presence-x')).to.equal(2);
    expect(await one.channels.userCount(one.app, 'presence-x')).to.equal(2);
    // Another connection of a member is none more.
    expect((await join(two, 'presence-x', '1')).grant.ok).to.equal(true);
  });

  it('tells the subscribers of all nodes their number', async () => {
    const { one, two } = await openTwo({ subscriptionCount: true });
    const first = await join(one, 'room');
    const second = await join(two, 'room');
    await eventually('both are told', () => first.socket.events.length === 2 && second.socket.events.length === 1);
    two.channels.disconnect(second.socket);
    await eventually('the first is told', () => first.socket.events.length === 3);
    const count = (number: number) => `room subscription_count {"subscription_count":${number}}`;
    expect(first.socket.take()).to.deep.equal([count(1), count(2), count(1)]);
    expect(second.socket.take()).to.deep.equal([count(2)]);
  });

  it('takes back a join whose socket has gone meanwhile', async () => {
    const { one, two } = await openTwo();
    const socket = one.socket();
    const joining = one.channels.subscribe(one.app, socket, 'presence-x', { member: { id: '1' } });
    one.channels.disconnect(socket);
    expect(await joining).to.deep.equal({ ok: false, reason: 'disconnected' });
    await eventually('it is empty', async () => (await two.channels.channelCount(two.app)) === 0);
  });

  it('passes what is published right after a join to the joiner, behind its greeting', async () => {
    const { one, two } = await openTwo();
    const socket = one.socket();
    await one.channels.subscribe(one.app, socket, 'room', {
      greet: () => socket.deliver([{ type: 'event', channel: 'room', name: 'hi', data: '' }], 'room'),
    });
    await two.channels.publish(two.app, ['room'], event('news', 'é'));
    await eventually('it comes', () => socket.events.length === 2);
    expect(socket.take()).to.deep.equal(['room hi ', 'room news é']);
  });

  it('tells the owner of a device each of its sockets, and the end of the last', async () => {
    const { one, two } = await openTwo();
    await announce(one, two);
    const channel = deviceChannel('phone');
    const owns = ({ backend }: ChannelNode) => backend.ownership.owns('phone');
    await eventually('a node delivers', () => owns(one) || owns(two));
    const owner = owns(one) ? one : two;
    const other = owner === one ? two : one;
    const [near, far] = [owner.socket(), other.socket()];
    await owner.channels.subscribe(RELAY, near, channel);
    await other.channels.subscribe(RELAY, far, channel);
    await eventually('it is told', () => owner.edges.length === 2);
    expect(owner.channels.isOccupied(RELAY, channel)).to.equal(true);
    expect(other.channels.isOccupied(RELAY, channel)).to.equal(false);
    owner.channels.disconnect(near);
    other.channels.disconnect(far);
    await eventually('the end is told', () => !owner.channels.isOccupied(RELAY, channel));
    expect(owner.edges).to.deep.equal([`occupied ${channel}`, `occupied ${channel}`, `vacated ${channel}`]);
    expect(other.edges).to.deep.equal([]);
  });

  it('knows the connected devices of a shard before its new owner delivers', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const one = await openChannelNode(redis.url());
    await one.channels.subscribe(RELAY, one.socket(), deviceChannel('phone'));
    const two = await openChannelNode(redis.url());
    const seen: boolean[] = [];
    two.backend.ownership.onGained(async (isMeant) => {
      if (isMeant('phone')) seen.push(two.channels.isOccupied(RELAY, deviceChannel('phone')));
    });
    await announce(two);
    await eventually('it has the shard', () => seen.length > 0);
    expect(seen).to.deep.equal([true]);
  });

  it('asks the sockets of all nodes whether they have read everything', async () => {
    const { one, two } = await openTwo();
    const read: (() => void)[] = [];
    const slow = (node: ChannelNode) =>
      Object.assign(node.socket(), { caughtUp: () => new Promise<void>((resolve) => read.push(resolve)) });
    for (const node of [one, two]) await node.channels.subscribe(node.app, slow(node), 'room');
    await two.channels.subscribe(two.app, two.socket(), 'room');
    let isRead = false;
    const asked = Promise.resolve(one.channels.caughtUp(one.app, 'room')).then(() => {
      isRead = true;
    });
    await eventually('both are asked', () => read.length === 2);
    read[0]?.();
    await two.channels.subscriptionCount(two.app, 'room');
    expect(isRead).to.equal(false);
    read[1]?.();
    await asked;
    await one.channels.caughtUp(one.app, 'nobody');
  });

  it('writes the edges of an app with hooks', async () => {
    const hooks = [{ url: 'http://x', events: ['channel_existence', 'subscription_count'], batch: false }];
    const { redis, one, two } = await openTwo({ hooks, subscriptionCount: true });
    const { socket } = await join(one, 'presence-x', 1, { a: 1 });
    await join(two, 'room');
    one.channels.disconnect(socket);
    await eventually('it is empty', async () => (await one.channels.subscriptionCount(one.app, 'presence-x')) === 0);
    const found: string[] = [];
    for (const key of await redis.command<string[]>('KEYS', keys.edges(0).replace(/0$/, '*')))
      for (const [, fields] of await redis.command<[string, string[]][]>('XRANGE', key, '-', '+'))
        found.push(fields.filter((_text, at) => at % 2 === 1).join(' '));
    expect(found.sort()).to.deep.equal([
      // The last field says whether no node was alive.
      'a a presence-x 1 {"a":1} ',
      'n a room  1 ',
      'o a presence-x   ',
      'o a room   ',
      'r a presence-x 1  ',
      'v a presence-x   ',
    ]);
  });

  it('waits for a Redis that is away, and is made when it is back', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const wire = await layWire(redis.port);
    const one = await openChannelNode(redis.url(wire.port), {}, { joinTimeout: 60_000 });
    const two = await openChannelNode(redis.url());
    const stays = await join(one, 'presence-x', '1');
    wire.down();
    await eventually('it is away', async () => {
      const error = await rejection(Promise.resolve(one.channels.publish(one.app, ['room'], event('news'))));
      return error instanceof Error;
    });
    const joins = ['2', '3'].map((id) => join(one, 'presence-x', id));
    const leaves = one.socket();
    const gone = one.channels.subscribe(one.app, leaves, 'presence-x', { member: { id: '4' } });
    one.channels.disconnect(leaves);
    wire.up();
    for (const { grant } of await Promise.all(joins)) expect(grant.ok).to.equal(true);
    expect(await gone).to.deep.equal({ ok: false, reason: 'disconnected' });
    await eventually('the others see them', async () => (await two.channels.userCount(two.app, 'presence-x')) === 3);
    const came = () => stays.socket.events.filter(({ name }) => name === 'member_added').length;
    await eventually('the first one is told', () => came() >= 2);
    expect(await two.channels.subscriptionCount(two.app, 'presence-x')).to.equal(3);
  });

  it('is refused while Redis is away for long, and says everything again when it is back', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const wire = await layWire(redis.port);
    const one = await openChannelNode(redis.url(wire.port), {}, { joinTimeout: 0 });
    const two = await openChannelNode(redis.url());
    const [stays, goes] = [await join(one, 'presence-x', '1'), await join(one, 'presence-x', '2')];
    wire.down();
    await eventually('it is away', async () => {
      const error = await rejection(Promise.resolve(one.channels.publish(one.app, ['room'], event('news'))));
      return error instanceof Error;
    });
    one.channels.disconnect(goes.socket);
    const late = one.socket();
    const refused = await rejection(
      Promise.resolve(one.channels.subscribe(one.app, late, 'presence-x', { member: { id: '3' } })),
    );
    expect(refused).to.include({ code: 'unavailable' });
    wire.up();
    await eventually('it is said', async () => (await two.channels.userCount(two.app, 'presence-x')) === 1);
    expect([...(await two.channels.members(two.app, 'presence-x')).keys()]).to.deep.equal(['1']);
    expect(await two.channels.subscriptionCount(two.app, 'presence-x')).to.equal(1);
    expect(stays.grant.ok).to.equal(true);
  });
});
