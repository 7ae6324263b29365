import { expect } from 'chai';
import { DEFAULT_LIMITS } from '../../../server/channel/app.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { type Frame, KEY, pusherWorld, SECRET, type Wire, wire } from './helpers.ts';
import { call, EVENT } from './signed.ts';

/** Each bound of an app, lowered; the app is named after it. */
const BOUNDS = {
  connections: 1,
  subscriptions: 1,
  clientEventsPerSec: 2,
  channelNameLen: 9,
  eventNameLen: 8,
  eventBytes: 4,
  channelsPerEvent: 2,
  batch: 1,
  presenceMembers: 1,
  presenceMemberBytes: 20,
  userIdLen: 3,
  watchlist: 1,
  cachedEvents: 1,
  cacheTtlSec: 1,
  authSkewSec: 10,
  activityTimeoutSec: 2,
  pongTimeoutSec: 1,
};
type Limit = keyof typeof BOUNDS;

const secret = SECRET;
const appOf = (id: Limit) => ({
  id,
  key: id,
  secret,
  clientEvents: true,
  watchlistEvents: true,
  limits: { [id]: BOUNDS[id] },
});
const limits = Object.keys(BOUNDS) as Limit[];

const codes = (frames: readonly Frame[]) => frames.map(({ event, data }) => data?.code ?? event);
const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const member = (id: string, info?: unknown) => JSON.stringify({ user_id: id, user_info: info });

describe('the limits of an app in the config', () => {
  const shared = sharedWorld({ config: { apps: limits.map(appOf) } });

  /** Subscribes, and gives the names of what came. */
  async function join(limit: Limit, one: Wire, channel: string, data?: string): Promise<string[]> {
    one.subscribe(channel, data, limit);
    return (await one.settled()).map(({ event }) => event);
  }

  /** The status of a trigger. */
  const post = async (limit: Limit, path: string, body: unknown): Promise<number> =>
    (await call(shared(), path, { app: limit, key: limit, body: JSON.stringify(body) })).status;

  const trigger = (limit: Limit, over: object) => post(limit, 'events', { ...EVENT, ...over });
  const REFUSED = ['pusher:error', 'pusher:subscription_error'];

  /** What is seen on the wire at the bound and beyond it. */
  const cases: Record<Exclude<Limit, 'cacheTtlSec' | 'activityTimeoutSec' | 'pongTimeoutSec'>, () => Promise<void>> = {
    async connections() {
      const first = await wire(shared(), 'connections');
      const second = await shared().socket('/app/connections?protocol=7');
      expect((await second.closed).code).to.equal(4004);
      expect(await first.settled()).to.deep.equal([]);
    },
    async subscriptions() {
      const one = await wire(shared(), 'subscriptions');
      expect(await join('subscriptions', one, 'a')).to.deep.equal([SUCCEEDED]);
      expect(await join('subscriptions', one, 'b')).to.deep.equal(REFUSED);
    },
    async clientEventsPerSec() {
      const one = await wire(shared(), 'clientEventsPerSec');
      await join('clientEventsPerSec', one, 'private-a');
      for (let n = 0; n < 3; n += 1) one.send({ event: 'client-x', channel: 'private-a', data: n });
      expect(codes(await one.settled())).to.deep.equal([4301]);
    },
    async channelNameLen() {
      const one = await wire(shared(), 'channelNameLen');
      expect(await join('channelNameLen', one, 'private-a')).to.deep.equal([SUCCEEDED]);
      expect(await join('channelNameLen', one, 'private-ab')).to.deep.equal(REFUSED);
      expect(await trigger('channelNameLen', { channel: 'x'.repeat(9) })).to.equal(200);
      expect(await trigger('channelNameLen', { channel: 'x'.repeat(10) })).to.equal(400);
    },
    async eventNameLen() {
      const one = await wire(shared(), 'eventNameLen');
      await join('eventNameLen', one, 'private-a');
      one.send({ event: 'client-x', channel: 'private-a', data: 1 });
      expect(await one.settled()).to.deep.equal([]);
      one.send({ event: 'client-xy', channel: 'private-a', data: 1 });
      expect((await one.frame()).data.message).to.equal('The event name is longer than 8');
      expect(await trigger('eventNameLen', { name: 'x'.repeat(8) })).to.equal(200);
      expect(await trigger('eventNameLen', { name: 'x'.repeat(9) })).to.equal(400);
    },
    async eventBytes() {
      const one = await wire(shared(), 'eventBytes');
      await join('eventBytes', one, 'private-a');
      one.send({ event: 'client-x', channel: 'private-a', data: 'éé' });
      expect(await one.settled()).to.deep.equal([]);
      one.send({ event: 'client-x', channel: 'private-a', data: 'ééx' });
      expect((await one.frame()).data.message).to.contain('(4 bytes)');
      expect(await trigger('eventBytes', { data: 'éé' })).to.equal(200);
      expect(await trigger('eventBytes', { data: 'ééx' })).to.equal(413);
    },
    async channelsPerEvent() {
      const to = (...channels: string[]) => post('channelsPerEvent', 'events', { name: 'e', data: '', channels });
      expect(await to('a', 'b')).to.equal(200);
      expect(await to('a', 'b', 'c')).to.equal(400);
    },
    async batch() {
      expect(await post('batch', 'batch_events', { batch: [EVENT] })).to.equal(200);
      expect(await post('batch', 'batch_events', { batch: [EVENT, EVENT] })).to.equal(400);
    },
    async presenceMembers() {
      const [one, two] = [await wire(shared(), 'presenceMembers'), await wire(shared(), 'presenceMembers')];
      expect(await join('presenceMembers', one, 'presence-a', member('1'))).to.deep.equal([SUCCEEDED]);
      expect(await join('presenceMembers', two, 'presence-a', member('2'))).to.deep.equal(REFUSED);
    },
    async presenceMemberBytes() {
      const one = await wire(shared(), 'presenceMemberBytes');
      const [fits, large] = ['123456', '1234567'].map((id) => member(id)) as [string, string];
      expect(Buffer.byteLength(fits)).to.equal(20);
      expect(await join('presenceMemberBytes', one, 'presence-a', fits)).to.deep.equal([SUCCEEDED]);
      expect(await join('presenceMemberBytes', one, 'presence-b', large)).to.deep.equal(REFUSED);
    },
    async userIdLen() {
      const one = await wire(shared(), 'userIdLen');
      expect(await join('userIdLen', one, 'presence-a', member('abc'))).to.deep.equal([SUCCEEDED]);
      expect(await join('userIdLen', one, 'presence-b', member('abcd'))).to.deep.equal(REFUSED);
      for (const id of ['abcd', 'abc']) one.signin({ id }, 'userIdLen');
      expect(codes(await one.settled())).to.deep.equal([4009, 'pusher:signin_success']);
      expect(await post('userIdLen', 'users/abc/events', { name: 'e', data: '' })).to.equal(200);
      expect(await post('userIdLen', 'users/abcd/events', { name: 'e', data: '' })).to.equal(400);
    },
    async watchlist() {
      const one = await wire(shared(), 'watchlist');
      one.signin({ id: 'ann', watchlist: ['bob', 'carl'] }, 'watchlist');
      const [, state, error] = await one.settled();
      expect(JSON.parse(state?.data).events).to.deep.equal([{ name: 'offline', user_ids: ['bob'] }]);
      expect(error?.data.code).to.equal(4302);
    },
    async cachedEvents() {
      for (const channel of ['cache-a', 'cache-b']) await trigger('cachedEvents', { channel });
      const one = await wire(shared(), 'cachedEvents');
      expect(await join('cachedEvents', one, 'cache-a')).to.deep.equal([SUCCEEDED, 'pusher:cache_miss']);
      expect(await join('cachedEvents', one, 'cache-b')).to.deep.equal([SUCCEEDED, 'e']);
    },
    async authSkewSec() {
      const at = Math.floor(shared().clock.now() / 1000);
      const asked = async (skew: number) =>
        (await call(shared(), 'channels', { method: 'GET', app: 'authSkewSec', key: 'authSkewSec', at: at + skew }))
          .status;
      expect([await asked(-10), await asked(10)]).to.deep.equal([200, 200]);
      expect([await asked(-11), await asked(11)]).to.deep.equal([401, 401]);
    },
  };
  for (const [limit, prove] of Object.entries(cases)) it(`holds ${limit}`, prove);

  it('holds cacheTtlSec', async () => {
    const relay = await pusherWorld({ limits: { cacheTtlSec: BOUNDS.cacheTtlSec } });
    await call(relay, 'events', { body: JSON.stringify({ ...EVENT, channel: 'cache-a' }) });
    const heard = async () => {
      const one = await wire(relay);
      one.subscribe('cache-a');
      return (await one.settled()).at(-1)?.event;
    };
    await relay.clock.tick(999);
    expect(await heard()).to.equal('e');
    await relay.clock.tick(1);
    expect(await heard()).to.equal('pusher:cache_miss');
  });

  /** Proves that a silent socket is asked after so many ms, and closed so many after that; gives what it was told. */
  async function silence(asked: number, closed: number, app: object, config: object = {}): Promise<number> {
    const relay = await pusherWorld({}, { config: { apps: [{ id: '1', key: KEY, secret, ...app }], ...config } });
    const socket = await relay.socket(`/app/${KEY}`, { autoPong: false });
    const told = JSON.parse(JSON.parse(await socket.next()).data).activity_timeout;
    for (const after of [asked, closed]) {
      const before = socket.frames.length;
      await relay.clock.tick(after - 1);
      // What the relay has written arrives before its next answer.
      await relay.fetch('/health');
      expect(socket.frames).to.have.length(before);
      await relay.clock.tick(1);
      await socket.next();
    }
    expect((await socket.closed).code).to.equal(4201);
    return told;
  }

  it('holds activityTimeoutSec and pongTimeoutSec, with a grace of 5 s', async () => {
    const { activityTimeoutSec, pongTimeoutSec } = BOUNDS;
    expect(await silence(7_000, 1_000, { limits: { activityTimeoutSec, pongTimeoutSec } })).to.equal(2);
  });

  it('takes the times of the relay where the app has none', async () => {
    const websocket = { activityTimeout: 900, pongTimeout: 2_000 };
    expect(await silence(5_900, 2_000, {}, { websocket }), 'whole seconds, and never 0').to.equal(1);
  });

  it('are all shown here, or where handshakes and the rates of the HTTP API are', () => {
    const elsewhere = ['retryWhenFull', 'eventsPerSec', 'readsPerSec'];
    expect([...limits, ...elsewhere]).to.include.members(Object.keys(DEFAULT_LIMITS));
  });
});
