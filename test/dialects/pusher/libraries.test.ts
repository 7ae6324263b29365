import { connect, createServer } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import type { World } from '../../world.ts';
import {
  client,
  clientOptions,
  echoOf,
  heard,
  joined,
  KEY,
  PusherJs,
  pusherWorld,
  serverOf,
  signing,
  userSigning,
} from './helpers.ts';

const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');

/** A port that stays while the relay behind it comes and goes; connections wait while it is gone. */
async function steadyPort(relay: World, ready: () => Promise<unknown>): Promise<number> {
  const server = createServer(async (one) => {
    one.on('error', () => {});
    await ready();
    const other = connect(relay.relay.ports.http, '127.0.0.1');
    one.pipe(other).on('error', () => one.destroy());
    other.pipe(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => server.close());
  return (server.address() as { port: number }).port;
}

describe('pusher-js and pusher', () => {
  it('publish to public and private channels, one or many, alone or in a batch', async () => {
    const relay = await pusherWorld();
    const server = serverOf(relay);
    const one = await client(relay);
    const [news, secret] = [await joined(one, 'news'), await joined(one, 'private-a')];
    const events: unknown[] = [];
    for (const channel of [news, secret]) {
      channel.bind_global((event: string, data: unknown) => {
        if (!event.startsWith('pusher:')) events.push([channel.name, event, data]);
      });
    }
    await server.trigger(['news', 'private-a'], 'hello', { a: 1 });
    await server.trigger('news', 'text', 'plain');
    await server.trigger('news', 'own', {}, { socket_id: one.connection.socket_id });
    const last = heard(secret, 'last');
    await server.triggerBatch([
      { channel: 'news', name: 'first', data: 1 as never },
      { channel: 'private-a', name: 'last', data: null as never },
    ]);
    await last;
    expect(events).to.deep.equal([
      ['news', 'hello', { a: 1 }],
      ['private-a', 'hello', { a: 1 }],
      ['news', 'text', 'plain'],
      ['news', 'first', 1],
      ['private-a', 'last', null],
    ]);
    const response = await server.get({ path: '/channels/private-a', params: { info: '' } });
    expect(await response.json()).to.deep.equal({ occupied: true });
  });

  it('see members come and go, and speak to each other', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const server = serverOf(relay);
    const ann = await client(relay, signing(server, { id: 'ann', info: { name: 'Ann' } }));
    const room = ann.subscribe('presence-room');
    const members = await heard(room, 'pusher:subscription_succeeded');
    expect(members).to.include({ count: 1, myID: 'ann' });
    const added = heard(room, 'pusher:member_added');
    const bob = await client(relay, signing(server, { id: 'bob' }));
    const other = await joined(bob, 'presence-room');
    expect(await added).to.deep.equal({ id: 'bob', info: {} });
    const said = new Promise((resolve) => {
      other.bind('client-hi', (data: unknown, meta: unknown) => resolve([data, meta]));
    });
    room.trigger('client-hi', { a: 1 });
    expect(await said).to.deep.equal([{ a: 1 }, { user_id: 'ann' }]);
    const removed = heard(room, 'pusher:member_removed');
    bob.unsubscribe('presence-room');
    expect(await removed).to.deep.include({ id: 'bob' });
  });

  it('keep encrypted channels to themselves', async () => {
    const relay = await pusherWorld();
    const server = serverOf(relay, { encryptionMasterKeyBase64: ENCRYPTION_KEY });
    const one = await client(relay, signing(server));
    for (const name of ['private-encrypted-a', 'private-encrypted-cache-a']) {
      const channel = await joined(one, name);
      const event = heard(channel, 'secret');
      await server.trigger(name, 'secret', { a: 'ü' });
      expect(await event).to.deep.equal({ a: 'ü' });
    }
  });

  it('bring the last event of a cache channel, or say that there is none', async () => {
    const relay = await pusherWorld();
    const one = await client(relay);
    await heard(one.subscribe('cache-a'), 'pusher:cache_miss');
    await serverOf(relay).trigger('cache-a', 'news', { n: 1 });
    const two = await client(relay);
    expect(await heard(two.subscribe('cache-a'), 'news')).to.deep.equal({ n: 1 });
  });

  it('sign users in, reach them, watch them and send them away', async () => {
    const relay = await pusherWorld({ watchlistEvents: true });
    const server = serverOf(relay);
    const ann = await client(relay, userSigning(server, { id: 'ann', watchlist: ['bob'] }));
    const offline = heard(ann.user.watchlist, 'offline');
    ann.signin();
    expect(await offline).to.deep.equal({ name: 'offline', user_ids: ['bob'] });
    const online = heard(ann.user.watchlist, 'online');
    const bob = await client(relay, userSigning(server, { id: 'bob' }));
    bob.signin();
    expect(await online).to.deep.equal({ name: 'online', user_ids: ['bob'] });
    const event = heard(ann.user, 'hello');
    // The library joined the channel of the user by itself, long before bob was there.
    await server.sendToUser('ann', 'hello', { a: 1 });
    expect(await event).to.deep.equal({ a: 1 });
    const gone = heard(bob.connection, 'disconnected');
    await server.terminateUserConnections('bob');
    await gone;
  });

  it('count subscribers where the app wants it', async () => {
    const relay = await pusherWorld({ subscriptionCount: true });
    const one = await client(relay);
    const channel = one.subscribe('a');
    expect(await heard(channel, 'pusher:subscription_count')).to.deep.equal({ subscription_count: 1 });
  });

  it('report a refused subscription on the channel and stay connected', async () => {
    const relay = await pusherWorld();
    const wrong = signing(serverOf(relay, { secret: 'wrong' }));
    const one = await client(relay, wrong);
    const error = await heard(one.subscribe('private-a'), 'pusher:subscription_error');
    expect(error).to.include({ type: 'AuthError', status: 401 });
    await joined(one, 'a');
  });

  it('come back after a restart, with their channels', async () => {
    const relay = await pusherWorld();
    let ready: Promise<unknown> = Promise.resolve();
    const port = await steadyPort(relay, () => ready);
    const one = await client(relay, { ...signing(serverOf(relay)), wsPort: port });
    const channel = await joined(one, 'private-a');
    const again = heard(channel, 'pusher:subscription_succeeded');
    ready = relay.stop().then(() => relay.start());
    await again;
    const event = heard(channel, 'hello');
    await serverOf(relay).trigger('private-a', 'hello', 1);
    expect(await event).to.equal(1);
  });

  it('gives up on a full app, unless the app lets clients retry', async () => {
    for (const retryWhenFull of [false, true]) {
      const relay = await pusherWorld({ limits: { connections: 1, retryWhenFull } });
      const first = await client(relay);
      const second = new PusherJs(KEY, clientOptions(relay));
      onCleanup(() => second.disconnect());
      const states: string[] = [];
      second.connection.bind('state_change', ({ current }: { current: string }) => states.push(current));
      const retry = heard(second.connection, 'connecting_in');
      const refused = await heard(second.connection, 'error');
      expect((refused.data ?? refused.error.data).code).to.equal(retryWhenFull ? 4100 : 4004);
      if (retryWhenFull) {
        expect(await retry, 'seconds').to.equal(1);
        first.disconnect();
        await heard(second.connection, 'connected');
      } else if (second.connection.state !== 'disconnected') await heard(second.connection, 'disconnected');
      expect(states, `${retryWhenFull}`).to.deep.equal([retryWhenFull ? 'connected' : 'disconnected']);
    }
  });

  it('gives up on an unknown key, and says why', async () => {
    const relay = await pusherWorld();
    const one = new PusherJs('nobody', clientOptions(relay));
    onCleanup(() => one.disconnect());
    const error = await heard(one.connection, 'error');
    expect(error.data ?? error.error.data).to.deep.include({ code: 4001 });
  });
});

describe('laravel-echo', () => {
  it('listens, whispers, joins and gets errors', async () => {
    const relay = await pusherWorld({ clientEvents: true });
    const server = serverOf(relay);
    const ann = await client(relay, signing(server, { id: 'ann', info: { name: 'Ann' } }));
    const bob = await client(relay, signing(server, { id: 'bob', info: { name: 'Bob' } }));
    const [one, two] = [echoOf(ann), echoOf(bob)];
    const here = new Promise((resolve) => one.join('room').here(resolve));
    expect(await here).to.deep.equal([{ name: 'Ann' }]);
    const joining = new Promise((resolve) => one.join('room').joining(resolve));
    const subscribed = new Promise<void>((resolve) => two.join('room').subscribed(resolve));
    expect(await joining).to.deep.equal({ name: 'Bob' });
    await subscribed;
    const whisper = new Promise((resolve) => two.join('room').listenForWhisper('typing', resolve));
    one.join('room').whisper('typing', { a: 1 });
    expect(await whisper).to.deep.equal({ a: 1 });
    const event = new Promise((resolve) => {
      const channel = one.private('orders').listen('.shipped', resolve);
      channel.subscribed(() => server.trigger('private-orders', 'shipped', { id: 5 }));
    });
    expect(await event).to.deep.equal({ id: 5 });
    const leaving = new Promise((resolve) => one.join('room').leaving(resolve));
    two.leave('room');
    expect(await leaving).to.deep.equal({ name: 'Bob' });
    const stranger = echoOf(await client(relay, signing(serverOf(relay, { secret: 'wrong' }))));
    const error = new Promise<{ status: number }>((resolve) => stranger.private('orders').error(resolve));
    expect((await error).status).to.equal(401);
  });
});
