import { expect } from 'chai';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire } from '../../../support/redis/wire.ts';
import { announce, keys, openChannelNode } from './node.ts';

const watchlist = (name: 'online' | 'offline', user: string) =>
  ` watchlist {"events":[{"name":"${name}","user_ids":["${user}"]}]}`;

async function openTwo() {
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  return { redis, one: await openChannelNode(redis.url()), two: await openChannelNode(redis.url()) };
}

describe('users in Redis', () => {
  it('are online for the watchers of all nodes while a socket of any node is there, and for a while after', async () => {
    const { redis, one, two } = await openTwo();
    const watcher = one.socket();
    expect(await one.users.signIn(one.app, watcher, 'ann', ['bob', 'carl'])).to.deep.equal({
      online: [],
      offline: ['bob', 'carl'],
    });
    const [here, there] = [one.socket(), two.socket()];
    await two.users.signIn(two.app, there, 'bob', ['ann']);
    await one.users.signIn(one.app, here, 'bob', []);
    await eventually('he is told', () => watcher.events.length === 1);
    expect(await two.users.signIn(two.app, two.socket(), 'dora', ['bob', 'nobody'])).to.deep.equal({
      online: ['bob'],
      offline: ['nobody'],
    });
    const before = Number(await redis.command<[string]>('TIME').then(([seconds]) => seconds));
    two.users.signOut(there);
    one.users.signOut(here);
    expect(await two.users.signIn(two.app, two.socket(), 'emil', ['bob'])).to.deep.include({ online: ['bob'] });
    await eventually('his end is told', () => watcher.events.length === 2);
    const after = Number(await redis.command<[string]>('TIME').then(([seconds]) => seconds));
    expect(after - before).to.be.at.least(2);
    expect(watcher.take()).to.deep.equal([watchlist('online', 'bob'), watchlist('offline', 'bob')]);
    expect(await redis.command('EXISTS', keys.user('a', 'bob'))).to.equal(0);
  });

  it('who come back in time were never gone', async () => {
    const { redis, one, two } = await openTwo();
    const watcher = one.socket();
    await one.users.signIn(one.app, watcher, 'ann', ['bob']);
    const first = two.socket();
    await two.users.signIn(two.app, first, 'bob', []);
    two.users.signOut(first);
    await eventually('he is leaving', async () => (await redis.command('ZCARD', keys.leaving)) === 1);
    await one.users.signIn(one.app, one.socket(), 'bob', []);
    expect(await redis.command('ZCARD', keys.leaving)).to.equal(0);
    await eventually('he is told', () => watcher.events.length === 1);
    expect(watcher.take()).to.deep.equal([watchlist('online', 'bob')]);
  });

  it('change what they watch', async () => {
    const { one, two } = await openTwo();
    const watcher = one.socket();
    await one.users.signIn(one.app, watcher, 'ann', ['bob']);
    expect(await one.users.signIn(one.app, watcher, 'ann', ['carl', 'carl'])).to.deep.equal({
      online: [],
      offline: ['carl'],
    });
    await two.users.signIn(two.app, two.socket(), 'bob', []);
    await two.users.signIn(two.app, two.socket(), 'carl', []);
    await eventually('he is told', () => watcher.events.length === 1);
    expect(watcher.take()).to.deep.equal([watchlist('online', 'carl')]);
  });

  it('are ended on every node by an order of any', async () => {
    const { one, two } = await openTwo();
    const orders: string[] = [];
    one.backend.terminations.onOrder((app, user) => orders.push(`one ${app} ${user}`));
    two.backend.terminations.onOrder((app, user) => orders.push(`two ${app} ${user}`));
    await one.backend.terminations.order('a', 'bob');
    expect(orders).to.include('one a bob');
    await eventually('the other is told', () => orders.includes('two a bob'));
    expect(orders).to.have.length(2);
  });
});

describe('what a dead node had', () => {
  it('is taken back by another, which tells what follows', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const wire = await layWire(redis.port);
    const more = { lease: 1000 };
    const one = await openChannelNode(redis.url(), {}, more);
    const two = await openChannelNode(redis.url(wire.port), {}, more);
    await announce(one, two);
    const watcher = one.socket();
    await one.users.signIn(one.app, watcher, 'ann', ['bob']);
    await one.channels.subscribe(one.app, watcher, 'presence-x', { member: { id: 'ann' } });
    const far = two.socket();
    await two.users.signIn(two.app, far, 'bob', ['ann']);
    await two.channels.subscribe(two.app, far, 'presence-x', { member: { id: 'bob' } });
    await two.channels.subscribe(two.app, far, 'room');
    await eventually('all is told', () => watcher.events.length === 2);
    watcher.take();
    wire.pause();
    await eventually('its end is told', () => watcher.events.length === 4);
    expect(watcher.take()).to.deep.equal(['presence-x member_removed {"user_id":"bob"}', watchlist('offline', 'bob')]);
    expect(await one.channels.occupied(one.app)).to.deep.equal(['presence-x']);
    expect([...(await one.channels.members(one.app, 'presence-x')).keys()]).to.deep.equal(['ann']);

    // It was only cut off: it comes back under a new id, with what it has.
    wire.cut();
    wire.resume();
    await eventually('it is back', () => watcher.events.length === 6);
    expect(watcher.take().sort()).to.deep.equal([
      watchlist('online', 'bob'),
      'presence-x member_added {"user_id":"bob"}',
    ]);
    expect(await one.channels.subscriptionCount(one.app, 'room')).to.equal(1);
    await one.channels.publish(one.app, ['room'], { type: 'event', name: 'news', data: '' });
    await eventually('it gets events', () => far.take().includes('room news '));
  });
});
