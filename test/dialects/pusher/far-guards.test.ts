// The dialect on guards that are kept on another machine: they answer later, or not at all.
import { expect } from 'chai';
import type { Guards } from '../../../server/access/guards.ts';
import { eventually } from '../../support/eventually.ts';
import { type FarGuards, farGuards } from '../../support/far-guards.ts';
import type { World } from '../../world.ts';
import { KEY, pusherWorld, rawWire, type Wire, wire } from './helpers.ts';
import { EVENT, get, post, said } from './signed.ts';

/** A relay whose guards are far away. */
async function farWorld(app: Record<string, unknown> = {}): Promise<{ relay: World; far: FarGuards; near: Guards }> {
  let kept: { far: FarGuards; near: Guards } | undefined;
  const relay = await pusherWorld(app, {
    over({ guards: near }) {
      kept = { near, far: farGuards(near) };
      return { guards: kept.far.guards };
    },
  });
  if (kept === undefined) throw new Error('the relay has no guards');
  return { relay, ...kept };
}

const UNAVAILABLE = [503, { error: 'the store cannot be reached' }];
const codeOf = async ({ socket }: Wire) => (await socket.closed).code;

describe('a socket whose place is counted elsewhere', () => {
  it('is greeted when it has the place, and read only then', async () => {
    const { relay, far } = await farWorld({ limits: { connections: 1 } });
    const release = far.hold();
    const one = await rawWire(relay, `/app/${KEY}?protocol=7`);
    one.send({ event: 'pusher:ping', data: {} });
    one.send({ event: 'pusher:subscribe', data: { channel: 'a' } });
    expect(one.socket.frames).to.deep.equal([]);
    release();
    const events = [await one.frame(), await one.frame(), await one.frame()].map(({ event }) => event);
    expect(events).to.deep.equal([
      'pusher:connection_established',
      'pusher:pong',
      'pusher_internal:subscription_succeeded',
    ]);
    expect(said(await get(relay, 'connections'))).to.deep.equal([200, { connections: 1 }]);
    const two = await rawWire(relay, `/app/${KEY}?protocol=7`);
    expect((await two.frame()).data).to.deep.equal({ code: 4004, message: 'Application is over connection quota' });
    expect(await codeOf(two)).to.equal(4004);
  });

  it('gives the place back when it closes before it has one', async () => {
    const { relay, far, near } = await farWorld({ limits: { connections: 1 } });
    const release = far.hold();
    const one = await rawWire(relay, `/app/${KEY}?protocol=7`);
    one.socket.ws.terminate();
    await one.socket.closed;
    release();
    await eventually('the place is given back', () => far.answers === 1 && near.places.count('1') === 0);
    await wire(relay);
  });

  it('may come again when no one knows whether there is a place', async () => {
    const { relay, far, near } = await farWorld({ limits: { connections: 1 } });
    far.isGone = true;
    const one = await rawWire(relay, `/app/${KEY}?protocol=7`);
    expect(await codeOf(one)).to.equal(4200);
    far.isGone = false;
    await wire(relay);
    expect(near.places.count('1')).to.equal(1);
  });

  it('subscribes and signs in when it has the place, one frame after the other', async () => {
    const { relay, far, near } = await farWorld({ authorizedConnections: true, limits: { connections: 2 } });
    const [one, two] = [await wire(relay), await wire(relay)];
    const release = far.hold();
    one.subscribe('private-a');
    one.send({ event: 'pusher:ping', data: {} });
    two.signin({ id: 'ann' });
    two.send({ event: 'pusher:ping', data: {} });
    expect(near.places.count('1')).to.equal(0);
    release();
    const events = async (from: Wire) => [await from.frame(), await from.frame()].map(({ event }) => event);
    expect(await events(one)).to.deep.equal(['pusher_internal:subscription_succeeded', 'pusher:pong']);
    expect(await events(two)).to.deep.equal(['pusher:signin_success', 'pusher:pong']);
    const three = await wire(relay);
    three.subscribe('private-a');
    expect(await codeOf(three)).to.equal(4004);
  });

  it('keeps no place for a subscription that the core refuses', async () => {
    const { relay, near } = await farWorld({ authorizedConnections: true, limits: { presenceMemberBytes: 20 } });
    const one = await wire(relay);
    one.subscribe('presence-a', '{"user_id":"1","user_info":"much"}');
    expect(await one.settled()).to.have.length(2);
    expect(near.places.count('1')).to.equal(0);
  });

  it('is closed when the place for its subscription cannot be counted', async () => {
    const { relay, far } = await farWorld({ authorizedConnections: true });
    const [one, two] = [await wire(relay), await wire(relay)];
    far.isGone = true;
    one.subscribe('private-a');
    two.signin({ id: 'ann' });
    expect([await codeOf(one), await codeOf(two)]).to.deep.equal([4200, 4200]);
  });
});

describe('an API whose rates and answers are kept elsewhere', () => {
  it('shows the rates, and refuses what is beyond them', async () => {
    const { relay } = await farWorld({ limits: { eventsPerSec: 1 } });
    const one = await wire(relay);
    await one.join('a');
    const first = await post(relay, 'events', EVENT);
    expect([first.status, first.headers.get('x-ratelimit-remaining')]).to.deep.equal([200, '0']);
    const second = await post(relay, 'events', EVENT);
    expect(said(second)).to.deep.equal([429, { error: 'Too many requests' }]);
    expect([second.headers.get('retry-after'), second.headers.get('x-ratelimit-limit')]).to.deep.equal(['1', '1']);
    expect((await one.settled()).map(({ data }) => data)).to.deep.equal(['x']);
  });

  it('repeats an answer, and publishes once', async () => {
    const { relay } = await farWorld();
    const one = await wire(relay);
    await one.join('a');
    const key = { 'idempotency-key': 'k' };
    const both = [await post(relay, 'events', EVENT, key), await post(relay, 'events', EVENT, key)];
    expect(both.map(said)).to.deep.equal([
      [200, {}],
      [200, {}],
    ]);
    expect(await one.settled()).to.have.length(1);
  });

  it('is 503 while they cannot be reached, and publishes nothing', async () => {
    const { relay, far } = await farWorld({ limits: { eventsPerSec: 9, readsPerSec: 9 } });
    const one = await wire(relay);
    await one.join('a');
    far.isGone = true;
    const answer = await post(relay, 'events', EVENT);
    expect(said(answer)).to.deep.equal(UNAVAILABLE);
    expect(answer.headers.get('retry-after')).to.equal('1');
    expect(said(await post(relay, 'events', EVENT, { 'idempotency-key': 'k' }))).to.deep.equal(UNAVAILABLE);
    for (const path of ['channels', 'connections'])
      expect(said(await get(relay, path)), path).to.deep.equal(UNAVAILABLE);
    expect(await one.settled()).to.deep.equal([]);
  });
});
