import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { createLocalBus } from '../../server/bus.ts';
import { createApp } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import type { ChannelEvent, PublishedEvent } from '../../server/channel/connection.ts';
import type { Joined, Occupancy, OccupancyNews } from '../../server/channel/occupancy.ts';
import { relayApp } from '../../server/channel/relay-app.ts';
import { createSharedChannels } from '../../server/channel/shared-channels.ts';
import { rejection } from '../support/rejection.ts';
import { edgeText, event, fakeClock, recorder } from './fixtures.ts';

const FIRST: Joined = { firstOfChannel: true, firstOfUser: false, members: undefined, cached: undefined };

/** Channels on an occupancy whose joins the test settles, in their order. */
function setUp() {
  const log: string[] = [];
  const joins: { resolve(joined: Joined | 'channel_full'): void; reject(error: Error): void }[] = [];
  let news: OccupancyNews | undefined;
  const occupancy = {
    join: (_app: object, channel: string, socketId: string, member?: { id: string | number }) =>
      new Promise<Joined | 'channel_full'>((resolve, reject) => {
        log.push(`join ${channel} ${socketId} ${member?.id ?? ''}`);
        joins.push({ resolve, reject });
      }),
    leave: (_app: object, channel: string, userId?: string) => log.push(`leave ${channel} ${userId ?? ''}`),
    subscribe: (listener: OccupancyNews) => {
      news = listener;
    },
    subscriptionCount: async () => 7,
    isOccupied: () => true,
    members: async () => new Map([['9', { id: 9 }]]),
    usersOn: async () => ['9'],
  };
  const app = createApp({ id: 'a', keys: [], subscriptionCount: true, limits: { subscriptions: 2 } });
  const relay = relayApp('relay', 'secret');
  const apps = createApps([app, relay]);
  const bus = createLocalBus<PublishedEvent>();
  const { clock } = fakeClock();
  const channels = createSharedChannels({ apps, bus, clock, occupancy: occupancy as unknown as Occupancy });
  const edges: string[] = [];
  channels.onEdge((edge) => edges.push(edgeText(edge)));
  if (news === undefined) throw new Error('nobody listens');
  return { app, relay, bus, channels, joins, log, edges, news };
}

/** A socket that notes its closes too. */
function socket(id = '1.1') {
  const closes: string[] = [];
  return { ...recorder(id), closes, close: (code?: number) => void closes.push(`${code}`) };
}

const notice = (type: 'member_added' | 'member_removed', userId: string): ChannelEvent => ({
  type,
  channel: 'presence-x',
  name: type,
  data: `{"user_id":"${userId}"}`,
  userId,
});

describe('createSharedChannels', () => {
  it('greets a subscriber before everything that came meanwhile', async () => {
    const { app, bus, channels, joins } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'room', {
      greet: ({ firstOfChannel }) =>
        one.deliver([{ ...notice('member_added', ''), type: 'event', name: `${firstOfChannel}` }], 'room'),
    });
    bus.publish({ app: 'a', channels: ['room'], events: [event('early', '1')] });
    expect(one.events).to.deep.equal([]);
    joins[0]?.resolve({ ...FIRST, firstOfChannel: false });
    expect(await joining).to.include({ ok: true, firstOfChannel: false });
    bus.publish({ app: 'a', channels: ['room'], events: [event('late', '2')] });
    expect(one.events.map(({ name }) => name)).to.deep.equal(['false', 'early', 'late']);
  });

  it('keeps back 64 events for a subscriber, and closes it at the next', async () => {
    const { app, bus, channels, joins } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'room');
    for (let n = 0; n < 64; n += 1) bus.publish({ app: 'a', channels: ['room'], events: [event('e', `${n}`)] });
    expect(one.closes).to.deep.equal([]);
    bus.publish({ app: 'a', channels: ['room'], events: [event('e', '64')] });
    expect(one.closes).to.deep.equal(['4200']);
    joins[0]?.resolve(FIRST);
    await joining;
    expect(one.events).to.have.length(64);
  });

  it('says that a socket came only after it was asked, and that it went only if it came', async () => {
    const { app, channels, joins, log } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'presence-x', { member: { id: 5 } });
    channels.disconnect(one);
    expect(log).to.deep.equal(['join presence-x 1.1 5']);
    joins[0]?.resolve({ ...FIRST, members: new Map() });
    expect(await joining).to.deep.equal({ ok: false, reason: 'disconnected' });
    expect(log).to.deep.equal(['join presence-x 1.1 5', 'leave presence-x 5']);
    expect(await channels.subscribe(app, one, 'room')).to.deep.equal({ ok: false, reason: 'disconnected' });
  });

  it('counts a subscriber once who leaves and comes back while it is counted', async () => {
    const { app, channels, joins, log } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'room');
    expect(channels.unsubscribe(app, one, 'room')).to.deep.equal({ ok: true });
    expect(channels.subscribe(app, one, 'room')).to.deep.equal({ ok: false, reason: 'exists' });
    joins[0]?.resolve(FIRST);
    expect(await joining).to.deep.equal({ ok: false, reason: 'disconnected' });
    expect(log).to.deep.equal(['join room 1.1 ', 'leave room ']);
  });

  it('takes a subscriber back if the channel is full, or if the nodes cannot be asked', async () => {
    const { app, bus, channels, joins, log } = setUp();
    const one = socket();
    const full = channels.subscribe(app, one, 'presence-x', { member: { id: '5' } });
    joins[0]?.resolve('channel_full');
    expect(await full).to.deep.equal({ ok: false, reason: 'channel_full' });
    const failing = channels.subscribe(app, one, 'room');
    joins[1]?.reject(new RelayError('unavailable', 'away'));
    expect(await rejection(Promise.resolve(failing))).to.include({ code: 'unavailable' });
    expect(channels.subscription(app, one, 'room')).to.equal(undefined);
    bus.publish({ app: 'a', channels: ['room', 'presence-x'], events: [event('e')] });
    expect(one.events).to.deep.equal([]);
    expect(log.filter((line) => line.startsWith('leave'))).to.deep.equal([]);
  });

  it('refuses at once what this node can refuse', () => {
    const { app, channels, log } = setUp();
    const one = socket();
    expect(channels.subscribe(app, one, 'bad name')).to.include({ reason: 'name_invalid' });
    void channels.subscribe(app, one, 'a');
    expect(channels.subscribe(app, one, 'a')).to.include({ reason: 'exists' });
    void channels.subscribe(app, one, 'b');
    expect(channels.subscribe(app, one, 'c')).to.include({ reason: 'too_many_subscriptions' });
    expect(log).to.have.length(2);
  });

  it('leaves out members who came or went before a subscriber was there', async () => {
    const { app, bus, channels, joins } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'presence-x', { member: { id: 'me' }, greet() {} });
    const held = [
      notice('member_added', 'before'),
      notice('member_removed', 'gone'),
      notice('member_added', 'after'),
      notice('member_removed', 'before'),
      notice('member_added', 'before'),
    ];
    for (const one of held) bus.publish({ app: 'a', channels: ['presence-x'], events: [one] });
    const members = new Map(['me', 'before'].map((id) => [id, { id }]));
    joins[0]?.resolve({ ...FIRST, members });
    await joining;
    expect(one.events.map(({ type, userId }) => `${type} ${userId}`)).to.deep.equal([
      'member_added after',
      'member_removed before',
      'member_added before',
    ]);
  });

  it('tells subscribers what the nodes count, and listeners which devices are there', async () => {
    const { app, relay, channels, joins, news, edges } = setUp();
    const one = socket();
    const joining = channels.subscribe(app, one, 'room');
    joins[0]?.resolve(FIRST);
    await joining;
    news.counted('a', 'room', 3);
    news.counted('a', 'other', 3);
    expect(one.take()).to.deep.equal(['room subscription_count {"subscription_count":3}']);
    news.device(relay.id, 'private-device-a', true);
    news.device(relay.id, 'private-device-a', false);
    news.device('nobody', 'private-device-a', true);
    expect(edges).to.deep.equal(['occupied private-device-a', 'vacated private-device-a']);
  });

  it('asks all nodes for what they know', async () => {
    const { app, channels } = setUp();
    expect(await channels.subscriptionCount(app, 'room')).to.equal(7);
    expect(channels.isOccupied(app, 'room')).to.equal(true);
    expect(await channels.usersOn(app, 'room')).to.deep.equal(['9']);
    expect([...(await channels.members(app, 'presence-x')).keys()]).to.deep.equal(['9']);
    expect([await channels.members(app, 'room'), await channels.userCount(app, 'room')]).to.deep.equal([new Map(), 0]);
  });
});
