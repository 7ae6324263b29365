import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { eventually } from '../../../support/eventually.ts';
import type { World } from '../../../world.ts';
import { configured, KEY, pusherWorld, rawWire, wire } from '../helpers.ts';

/** A relay on which a single socket may be unproven at a time. */
function crampedWorld(app: Record<string, unknown> = {}): Promise<World> {
  return pusherWorld({}, { config: { apps: [configured(app)], websocket: { maxUnauthenticated: 1 } } });
}

describe('a socket', () => {
  it('is not one of those that may still authenticate, where its app asks for no proof', async () => {
    const relay = await crampedWorld();
    await wire(relay);
    await wire(relay);
  });

  it('is one of them until it has proven something, where its app does', async () => {
    const relay = await crampedWorld({ authorizedConnections: true });
    const one = await wire(relay);
    await one.join('public');
    const two = await wire(relay);
    expect((await one.socket.closed).code).to.equal(4100);
    await two.join('private-a');
    await wire(relay);
    expect(await two.settled()).to.deep.equal([]);
  });

  it('keeps counting towards the quota when the core refuses its subscription', async () => {
    const relay = await pusherWorld({ limits: { connections: 1, presenceMemberBytes: 20 } });
    const one = await wire(relay);
    one.subscribe('presence-a', '{"user_id":"1","user_info":"much"}');
    expect(await one.settled()).to.have.length(2);
    const other = await rawWire(relay, `/app/${KEY}`);
    expect((await other.socket.closed).code).to.equal(4004);
  });

  it('does not count towards the quota for what needs no proof', async () => {
    const relay = await pusherWorld({ authorizedConnections: true, limits: { connections: 1 } });
    const [one, two] = [await wire(relay), await wire(relay)];
    await one.join('public');
    await two.join('private-a');
  });

  it('that is being closed is ignored', async () => {
    const relay = await pusherWorld({ watchlistEvents: true });
    const [watcher, one] = [await wire(relay), await wire(relay)];
    watcher.signin({ id: 'ann', watchlist: ['bob'] });
    await watcher.settled();
    // Both are in one packet, so that the relay reads the second one, too.
    one.socket.ws.send(Buffer.from('binary'));
    one.signin({ id: 'bob' });
    await one.socket.closed;
    // Nor is it told 1003 in an error, where clients know codes from 4000 on.
    expect(one.socket.frames).to.have.length(1);
    expect(await watcher.settled()).to.deep.equal([]);
  });

  it('stays alive by frames only', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay, KEY, { autoPong: false });
    await relay.clock.tick(125_000);
    one.send({ event: 'pusher:pong', data: {} });
    expect((await one.settled()).map(({ event }) => event)).to.deep.equal(['pusher:ping']);
    await relay.clock.tick(100_000);
    await one.settled();
    await relay.clock.tick(100_000);
    expect(await one.settled()).to.deep.equal([]);
  });

  it('is told of a bad name or an existing subscription before its signature is checked', async () => {
    const one = await wire(await pusherWorld());
    await one.join('private-a');
    for (const channel of ['private-a', 'private-a b']) one.send({ event: 'pusher:subscribe', data: { channel } });
    expect((await one.settled()).map(({ data }) => data.message ?? data)).to.deep.equal([
      'Existing subscription to channel private-a',
      'Invalid channel name',
      '{"type":"InvalidChannel","error":"Invalid channel name","status":400}',
    ]);
  });

  it('is told to ping after at least a second, since SDKs refuse 0', async () => {
    const relay = await pusherWorld({}, { config: { apps: [configured()], websocket: { activityTimeout: 300 } } });
    const one = await rawWire(relay, `/app/${KEY}`);
    expect(JSON.parse((await one.frame()).data).activity_timeout).to.equal(1);
  });

  it('is asked by a ping of its WebSocket as well', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    const asked = once(one.socket.ws, 'ping');
    await relay.clock.tick(125_000);
    await asked;
    expect(one.socket.ws.readyState).to.equal(WebSocket.OPEN);
  });

  it('leaves no timer behind', async () => {
    const relay = await pusherWorld({ authorizedConnections: true });
    await wire(relay);
    const before = relay.clock.timers();
    const one = await wire(relay);
    // One for its proof. All sockets share the timer that looks for silent ones.
    expect(relay.clock.timers()).to.equal(before + 1);
    one.socket.ws.send(Buffer.from('binary'));
    await one.socket.closed;
    // The relay sees the end of the connection in its own time.
    await eventually('the timers of the socket are gone', () => relay.clock.timers() <= before);
    expect(relay.clock.timers()).to.equal(before);
  });
});
