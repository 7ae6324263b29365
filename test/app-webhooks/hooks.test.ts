import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { openDatabase } from '../../server/backends/embedded/schema.ts';
import { KEY, pusherWorld, SECRET, serverOf, type Wire, wire } from '../dialects/pusher/helpers.ts';
import { eventually } from '../support/eventually.ts';
import type { World } from '../world.ts';
import { drained, type Received, type Receiver, receiver } from './receiver.ts';

const ALL = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'client_event',
  'cache_miss',
  'subscription_count',
];

async function setUp(hook: Record<string, unknown> = {}, app: Record<string, unknown> = {}) {
  const hooks = await receiver();
  const relay = await pusherWorld({
    clientEvents: true,
    ...app,
    webhooks: [{ url: hooks.url, events: ALL, batch: false, ...hook }],
  });
  return { hooks, relay, one: await wire(relay) };
}

async function names(hooks: Receiver, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count)
    for (const { name, channel } of (await hooks.next()).events) found.push(`${name} ${channel}`);
  return found;
}

async function leave(one: Wire): Promise<void> {
  one.socket.ws.close();
  await one.socket.closed;
}

describe('hooks', () => {
  it('are requests that the SDK takes for valid', async () => {
    const { hooks, relay, one } = await setUp({ headers: { 'X-Own': 'a', 'X-Pusher-Key': 'forged' } });
    await one.join('private-a');
    const { headers, body, events } = await hooks.next();
    expect(events).to.deep.equal([{ name: 'channel_occupied', channel: 'private-a' }]);
    expect(headers).to.include({ 'content-type': 'application/json', 'x-pusher-key': KEY, 'x-own': 'a' });
    const webhook = serverOf(relay).webhook({ headers: headers as Record<string, string>, rawBody: body });
    expect(webhook.isValid()).to.equal(true);
    expect(webhook.getEvents()).to.have.length(1);
    expect(webhook.getTime().getTime()).to.equal(relay.clock.now());
    expect(headers['x-pusher-signature']).to.equal(createHmac('sha256', SECRET).update(body).digest('hex'));
  });

  it('tell of channels and members in order, and of each end after three seconds', async () => {
    const { hooks, relay, one } = await setUp();
    await one.join('presence-a', '{"user_id":7}');
    expect(await names(hooks, 2)).to.deep.equal(['channel_occupied presence-a', 'member_added presence-a']);
    await leave(one);
    await relay.clock.tick(2_999);
    expect(hooks.requests).to.have.length(2);
    await relay.clock.tick(1);
    const removed = await hooks.next();
    expect(removed.events).to.deep.equal([{ name: 'member_removed', channel: 'presence-a', user_id: '7' }]);
    expect(await names(hooks, 1)).to.deep.equal(['channel_vacated presence-a']);
  });

  it('say nothing of who comes back in time', async () => {
    const { hooks, relay, one } = await setUp();
    await one.join('presence-a', '{"user_id":"7"}');
    await names(hooks, 2);
    await leave(one);
    await relay.clock.tick(2_000);
    const again = await wire(relay);
    await again.join('presence-a', '{"user_id":"7"}');
    await relay.clock.tick(10_000);
    await again.join('b');
    expect(await names(hooks, 1)).to.deep.equal(['channel_occupied b']);
  });

  it('tell of client events, cache misses and counts, each after the channel that it belongs to', async () => {
    const { hooks, one } = await setUp({}, { subscriptionCount: true });
    await one.join('presence-cache-a', '{"user_id":"7"}');
    await one.settled();
    one.send({ event: 'client-x', channel: 'presence-cache-a', data: { a: 1 } });
    await one.join('b');
    const events: Received['events'] = [];
    while (events.length < 6) events.push(...(await hooks.next()).events);
    // Order is promised within each channel only.
    const of = (wanted: string) => events.filter(({ channel }) => channel === wanted);
    expect([...of('presence-cache-a'), ...of('b')]).to.deep.equal([
      { name: 'channel_occupied', channel: 'presence-cache-a' },
      { name: 'member_added', channel: 'presence-cache-a', user_id: '7' },
      { name: 'cache_miss', channel: 'presence-cache-a' },
      {
        name: 'client_event',
        channel: 'presence-cache-a',
        event: 'client-x',
        data: '{"a":1}',
        socket_id: one.id,
        user_id: '7',
      },
      { name: 'channel_occupied', channel: 'b' },
      { name: 'subscription_count', channel: 'b', subscription_count: 1 },
    ]);
  });

  it('are filtered by event and channel, and know no channels of users', async () => {
    const { hooks, one } = await setUp({ events: ['channel_occupied'], filter: { prefix: 'private-', suffix: '-z' } });
    one.signin({ id: 'ann' });
    await one.frame();
    for (const channel of ['#server-to-user-ann', 'b-z', 'private-b', 'private-b-z']) one.subscribe(channel);
    await one.settled();
    expect(await names(hooks, 1)).to.deep.equal(['channel_occupied private-b-z']);
    expect(hooks.requests).to.have.length(1);
  });

  it('gather what happens close together where they may', async () => {
    const { hooks, relay, one } = await setUp({ batch: true });
    for (const channel of ['a', 'b', 'c']) await one.join(channel);
    expect(hooks.requests).to.have.length(0);
    await relay.clock.tick(50);
    expect((await hooks.next()).events.map(({ channel }) => channel)).to.deep.equal(['a', 'b', 'c']);
  });

  it('are one event each where they may not be gathered, however many happen at once', async () => {
    const { hooks, one } = await setUp({ events: ['channel_occupied'] });
    for (const channel of ['a', 'b', 'c']) one.subscribe(channel);
    await names(hooks, 3);
    expect(hooks.requests.map(({ events }) => events.length)).to.deep.equal([1, 1, 1]);
  });

  it('have no more than a hundred events', async () => {
    const { hooks, one } = await setUp({ events: ['channel_occupied'], batch: true });
    for (let n = 0; n < 101; n += 1) one.subscribe(`c${n}`);
    const { events } = await hooks.next();
    expect(events.map(({ channel }) => channel)).to.deep.equal(Array.from({ length: 100 }, (_, n) => `c${n}`));
  });

  it('are signed by the oldest key that is active', async () => {
    const hooks = await receiver();
    const keys = [
      { key: 'retired', secret: 'r', active: false },
      { key: 'older', secret: 'o' },
      { key: 'newer', secret: 'n' },
    ];
    const app = { id: '1', keys, webhooks: [{ url: hooks.url, events: ALL }] };
    const relay = await pusherWorld(
      {},
      { config: { apps: [{ ...app, webhooks: [{ ...app.webhooks[0], batch: false }] }] } },
    );
    await (await wire(relay, 'newer')).join('a');
    const { headers, body } = await hooks.next();
    expect(headers).to.include({ 'x-pusher-key': 'older' });
    const seen = { headers: headers as Record<string, string>, rawBody: body };
    const newer = serverOf(relay, { key: 'newer', secret: 'n' }).webhook(seen);
    expect(newer.isValid()).to.equal(false);
    expect(newer.isValid({ key: 'older', secret: 'o' })).to.equal(true);
  });

  it('go to one address in the order of each channel, and are filtered and dressed each in its own way', async () => {
    const hooks = await receiver();
    const to = (event: string) => ({ url: hooks.url, events: [event], batch: false, headers: { 'X-Own': event } });
    const relay = await pusherWorld({ webhooks: [to('channel_occupied'), to('member_added')] });
    hooks.status = 500;
    const one = await wire(relay);
    await one.join('presence-a', '{"user_id":"7"}');
    const failed = await hooks.next();
    await one.settled();
    await relay.stop();
    expect(hooks.requests).to.deep.equal([failed]);
    hooks.status = 200;
    await relay.start();
    const again = [await hooks.next(), await hooks.next()];
    expect(again.map(({ headers, events }) => [headers['x-own'], events[0].name])).to.deep.equal([
      ['channel_occupied', 'channel_occupied'],
      ['member_added', 'member_added'],
    ]);
  });

  it('are tried again when no answer comes within ten seconds', async () => {
    const { hooks, relay, one } = await setUp({ events: ['channel_occupied'] });
    hooks.status = 0;
    await one.join('a');
    const { body } = await hooks.next();
    hooks.status = 200;
    await relay.clock.tick(9_999);
    await relay.fetch('/health');
    expect(hooks.requests).to.have.length(1);
    await eventually('the second attempt', async () => {
      await relay.clock.tick(100);
      return hooks.requests.length === 2;
    });
    expect((await hooks.next()).body).to.equal(body);
  });

  for (const status of [400, 500, 503, 0]) {
    it(`of other channels go out while one is ${status === 0 ? 'not answered' : `refused with ${status}`}`, async () => {
      const { hooks, one } = await setUp({ events: ['channel_occupied'] });
      hooks.status = status;
      await one.join('bad');
      await hooks.next();
      hooks.status = 200;
      for (const channel of ['a', 'b', 'c']) await one.join(channel);
      const told = await names(hooks, 3);
      expect(told.sort()).to.deep.equal(['channel_occupied a', 'channel_occupied b', 'channel_occupied c']);
    });
  }

  it('are kept over a restart, and are no devices', async () => {
    const { hooks, relay, one } = await setUp({ events: ['channel_occupied', 'channel_vacated'] });
    hooks.status = 503;
    await one.join('a');
    await hooks.next();
    expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
    await relay.stop();
    const before = hooks.requests.length;
    hooks.status = 200;
    await relay.start();
    while (hooks.requests.length < before + 2) await hooks.next();
    const after = hooks.requests.slice(before).map(({ events }) => `${events[0].name} ${events[0].channel}`);
    expect(after).to.deep.equal(['channel_occupied a', 'channel_vacated a']);
  });

  it('are given up after five minutes, and leave nothing in the log then or when they are taken', async () => {
    const { hooks, relay, one } = await setUp({ events: ['channel_occupied'] });
    await one.join('a');
    await hooks.next();
    await drained(relay);
    hooks.status = 500;
    await one.join('b');
    await hooks.next();
    await relay.stop();
    expect(await kept(relay)).to.have.length(1);
    await relay.clock.tick(301_000);
    await relay.start();
    expect((await hooks.next()).events[0].channel).to.equal('b');
    await drained(relay);
    await relay.stop();
    expect(await kept(relay)).to.deep.equal([]);
    expect(hooks.requests).to.have.length(3);
  });
});

/** What the log of a relay that was stopped holds. */
async function kept({ dir }: World): Promise<unknown[]> {
  const db = await openDatabase(dir);
  const rows = db
    .prepare('SELECT mid FROM messages UNION ALL SELECT mid FROM deliveries UNION ALL SELECT seq FROM app_reports')
    .all();
  db.close();
  return [...new Set(rows.map((row) => (row as { mid: number }).mid))];
}
