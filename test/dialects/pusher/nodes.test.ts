// Pusher over two nodes that share one Redis: the official libraries on one, the API on the other.
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import type { World } from '../../world.ts';
import { client, configured, heard, joined, serverOf, signing, userSigning, wire } from './helpers.ts';

const start = (app: Record<string, unknown> = {}) => twoWorlds({ config: { apps: [configured(app)] } });

async function read(relay: World, path: string, params = {}) {
  const answer = await serverOf(relay).get({ path, params });
  return answer.json() as Promise<unknown>;
}

describe('Pusher over two nodes', () => {
  it('brings an event from the API of one to the clients of both, and not to the socket that is left out', async () => {
    const [one, two] = await start();
    const [near, far, left] = [await client(one), await client(two), await client(two)];
    const got: [name: string, data: unknown][] = [];
    for (const [name, pusher] of Object.entries({ near, far, left }))
      (await joined(pusher, 'room')).bind('news', (data: unknown) => got.push([name, data]));
    await serverOf(one).trigger('room', 'news', { n: 1 }, { socket_id: left.connection.socket_id });
    await serverOf(one).trigger('room', 'news', { n: 2 });
    await eventually('all come', () => got.length === 5);
    expect(got.filter(([name]) => name === 'left')).to.deep.equal([['left', { n: 2 }]]);
    expect(got.filter(([name]) => name === 'far')).to.deep.equal([
      ['far', { n: 1 }],
      ['far', { n: 2 }],
    ]);
  });

  it('carries client events between clients of both', async () => {
    const [one, two] = await start({ clientEvents: true });
    const [near, far] = [await client(one), await client(two)];
    const channel = await joined(near, 'private-x');
    const other = await joined(far, 'private-x');
    const told = heard(other, 'client-hi');
    channel.trigger('client-hi', { a: 'ä' });
    expect(await told).to.deep.equal({ a: 'ä' });
  });

  it('shows everybody all members', async () => {
    const [one, two] = await start();
    const near = await client(one, signing(serverOf(one), { id: 'u1', info: { name: 'Ann' } }));
    const far = await client(two, signing(serverOf(two), { id: 'u2' }));
    const here = (await joined(near, 'presence-x')) as never as {
      members: { count: number; get(id: string): unknown };
      bind(event: string, told: (data: unknown) => void): void;
    };
    const there = (await joined(far, 'presence-x')) as never as typeof here;
    await eventually('both see both', () => here.members.count === 2 && there.members.count === 2);
    expect(there.members.get('u1')).to.deep.equal({ id: 'u1', info: { name: 'Ann' } });
    expect(await read(one, '/channels/presence-x/users')).to.deep.equal({ users: [{ id: 'u1' }, { id: 'u2' }] });
    far.disconnect();
    await eventually('he is gone', () => here.members.count === 1);
    expect(await read(two, '/channels/presence-x', { info: 'user_count' })).to.deep.equal({
      occupied: true,
      user_count: 1,
    });
  });

  it('counts the subscribers of both', async () => {
    const [one, two] = await start({ subscriptionCount: true });
    const [near, far] = [await client(one), await client(two)];
    const channel = await joined(near, 'room');
    const told = heard(channel, 'pusher:subscription_count');
    await joined(far, 'room');
    expect(await told).to.deep.equal({ subscription_count: 2 });
    const info = 'subscription_count';
    expect(await read(one, '/channels/room', { info })).to.deep.equal({ occupied: true, subscription_count: 2 });
    expect(await read(two, '/channels', { info })).to.deep.equal({ channels: { room: { subscription_count: 2 } } });
  });

  it('gives a client of one the last event of a cache channel that the other published', async () => {
    const [one, two] = await start();
    await serverOf(one).trigger('cache-x', 'news', { n: 1 });
    const far = await wire(two);
    far.send({ event: 'pusher:subscribe', data: { channel: 'cache-x' } });
    expect((await far.frame()).event).to.equal('pusher_internal:subscription_succeeded');
    expect(await far.frame()).to.deep.include({ event: 'news', channel: 'cache-x', data: '{"n":1}' });
    const other = await wire(two);
    other.send({ event: 'pusher:subscribe', data: { channel: 'cache-y' } });
    await other.frame();
    expect((await other.frame()).event).to.equal('pusher:cache_miss');
  });

  it('tells a user who is watched on the other node, and sends to users there', async () => {
    const [one, two] = await start({ watchlistEvents: true });
    const watcher = await client(one, userSigning(serverOf(one), { id: 'ann', watchlist: ['bob'] }));
    watcher.signin();
    await watcher.user.signinDonePromise;
    const told = heard(watcher.user.watchlist, 'online');
    const watched = await client(two, userSigning(serverOf(two), { id: 'bob' }));
    watched.signin();
    await watched.user.signinDonePromise;
    expect(await told).to.deep.include({ user_ids: ['bob'] });
    const got = heard(watched.user, 'hi');
    await serverOf(one).sendToUser('bob', 'hi', { n: 1 });
    expect(await got).to.deep.equal({ n: 1 });
    const gone = heard(watcher.user.watchlist, 'offline');
    watched.disconnect();
    expect(await gone).to.deep.include({ user_ids: ['bob'] });
  });

  it('ends the connections of a user on the other node', async () => {
    const [one, two] = await start();
    const far = await wire(two);
    far.signin({ id: 'bob' });
    expect((await far.frame()).event).to.equal('pusher:signin_success');
    const answer = await serverOf(one).terminateUserConnections('bob');
    expect(answer.status).to.equal(200);
    expect((await far.frame()).data).to.deep.include({ code: 4009 });
    expect((await far.socket.closed).code).to.equal(4009);
  });

  it('answers with the counts of both when it publishes', async () => {
    const [one, two] = await start({ subscriptionCount: true });
    await joined(await client(two), 'room');
    const answer = await serverOf(one).trigger('room', 'news', {}, { info: 'subscription_count' });
    expect(await answer.json()).to.deep.equal({ channels: { room: { subscription_count: 1 } } });
  });
});
