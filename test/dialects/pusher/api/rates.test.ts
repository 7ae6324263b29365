import { expect } from 'chai';
import type { Answer } from '../../../world.ts';
import { configured, pusherWorld, wire } from '../helpers.ts';
import { call, EVENT, get, post } from '../signed.ts';

/** What an answer tells of a limit. */
const told = ({ status, headers }: Answer) => [
  status,
  ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'retry-after'].map((name) => headers.get(name)),
];

describe('limits.eventsPerSec', () => {
  it('refuses events beyond it until time has passed, and publishes none of them', async () => {
    const relay = await pusherWorld({ limits: { eventsPerSec: 2 } });
    const one = await wire(relay);
    one.subscribe('a');
    await one.settled();
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([200, '2', '1', null]);
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([200, '2', '0', null]);
    const refused = await post(relay, 'events', EVENT);
    expect(told(refused)).to.deep.equal([429, '2', '0', '1']);
    expect(refused.json).to.deep.equal({ error: 'Too many requests' });
    expect(await one.settled()).to.have.length(2);
    await relay.clock.tick(499);
    expect((await post(relay, 'events', EVENT)).status).to.equal(429);
    await relay.clock.tick(1);
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([200, '2', '0', null]);
  });

  it('counts every distinct channel of an event, and every event of a batch', async () => {
    const relay = await pusherWorld({ limits: { eventsPerSec: 10 } });
    const remaining = async (answer: Promise<Answer>) => (await answer).headers.get('x-ratelimit-remaining');
    expect(await remaining(post(relay, 'events', { name: 'e', channels: ['a', 'b', 'a', 'c'] }))).to.equal('7');
    expect(await remaining(post(relay, 'batch_events', { batch: [EVENT, EVENT] }))).to.equal('5');
    expect(await remaining(post(relay, 'users/ann/events', EVENT))).to.equal('4');
    expect(await remaining(call(relay, 'channels/a/events', { query: 'name=e' }))).to.equal('3');
    const channels = Array.from({ length: 23 }, (_, n) => `c${n}`);
    expect(told(await post(relay, 'events', { name: 'e', channels }))).to.deep.equal([429, '10', '3', '1']);
  });

  it('lets an event through that names more channels than may be named in a second, and makes the next one wait', async () => {
    const relay = await pusherWorld({ limits: { eventsPerSec: 2 } });
    expect(told(await post(relay, 'events', { name: 'e', channels: ['a', 'b', 'c', 'd', 'e', 'f'] }))).to.deep.equal([
      200,
      '2',
      '0',
      null,
    ]);
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([429, '2', '0', '3']);
  });

  it('says when there is enough for a whole event', async () => {
    const relay = await pusherWorld({ limits: { eventsPerSec: 3 } });
    expect((await post(relay, 'events', { name: 'e', channels: ['a', 'b', 'c', 'd', 'e', 'f'] })).status).to.equal(200);
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([429, '3', '0', '2']);
  });

  it('is checked last: refused and repeated requests do not count', async () => {
    const relay = await pusherWorld({ limits: { eventsPerSec: 2 } });
    const key = { 'idempotency-key': 'k' };
    expect((await post(relay, 'events', { ...EVENT, name: '' })).status).to.equal(400);
    expect((await post(relay, 'events', EVENT, key)).status).to.equal(200);
    expect((await post(relay, 'events', EVENT, key)).status).to.equal(200);
    expect((await post(relay, 'events', EVENT)).status).to.equal(200);
    expect((await post(relay, 'events', EVENT, { 'idempotency-key': 'l' })).status).to.equal(429);
    expect((await post(relay, 'events', { ...EVENT, name: '' })).status).to.equal(400);
    expect((await post(relay, 'events', { ...EVENT, data: 'x'.repeat(10_241) })).status).to.equal(413);
    expect((await relay.fetch('/apps/1/events', { method: 'POST' })).status).to.equal(401);
    await relay.clock.tick(1_000);
    expect((await post(relay, 'events', EVENT, { 'idempotency-key': 'l' })).status).to.equal(200);
  });

  it("is each app's own, and no limit of questions", async () => {
    const other = { id: '2', key: 'other', secret: 's', limits: { eventsPerSec: 1 } };
    const relay = await pusherWorld({}, { config: { apps: [configured({ limits: { eventsPerSec: 1 } }), other] } });
    expect((await post(relay, 'events', EVENT)).status).to.equal(200);
    expect((await post(relay, 'events', EVENT)).status).to.equal(429);
    expect(told(await get(relay, 'channels'))).to.deep.equal([200, null, null, null]);
    expect((await call(relay, 'users/ann/terminate_connections', { body: '{}' })).status).to.equal(200);
    const own = { app: '2', key: 'other', secret: 's', body: JSON.stringify(EVENT) };
    expect((await call(relay, 'events', own)).status).to.equal(200);
    expect((await call(relay, 'events', own)).status).to.equal(429);
  });
});

describe('limits.readsPerSec', () => {
  it('refuses questions beyond it, and no events', async () => {
    const relay = await pusherWorld({ limits: { readsPerSec: 4 } });
    const paths = ['channels', 'channels/a', 'channels/presence-a/users', 'connections'];
    for (const [at, path] of paths.entries()) {
      expect(told(await get(relay, path)), path).to.deep.equal([200, '4', `${3 - at}`, null]);
    }
    for (const path of paths) expect(told(await get(relay, path)), path).to.deep.equal([429, '4', '0', '1']);
    expect((await get(relay, 'channels', 'info=secret')).status).to.equal(400);
    expect(told(await post(relay, 'events', EVENT))).to.deep.equal([200, null, null, null]);
    await relay.clock.tick(250);
    expect((await get(relay, 'channels')).status).to.equal(200);
  });
});

describe('an app without limits of its own', () => {
  it('may do as much as it likes', async () => {
    const relay = await pusherWorld();
    for (let n = 0; n < 100; n += 1) expect((await post(relay, 'events', EVENT)).status).to.equal(200);
  });
});
