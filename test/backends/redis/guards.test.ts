import { expect } from 'chai';
import type { Guards } from '../../../server/access/guards.ts';
import { createRedisGuards } from '../../../server/backends/redis/guards/index.ts';
import { systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { rejection } from '../../support/rejection.ts';
import { keys, openNode, openPeer } from './peers.ts';

async function open(url: string, redisUrl = url) {
  const peer = await openPeer(url, 'node');
  const { control } = await openNode(redisUrl);
  const guards: Guards = createRedisGuards({ ...peer, keys, control, clock: systemClock, logger: silentLogger });
  return { ...peer, guards };
}

/** Two nodes, of which the second reaches Redis over a wire. */
async function openTwo() {
  const redis = await startRedis();
  const wire = await layWire(redis.port);
  const [one, two] = [await open(redis.url()), await open(redis.url(wire.port), redis.url())];
  return { redis, wire, one, two };
}

describe('guards in Redis', () => {
  it('free the places of a dead node, and count them again when it is back', async () => {
    const { redis, wire, one, two } = await openTwo();
    const before = two.nodes.self;
    for (const _ of [1, 2]) expect(await two.guards.places.take('shop', 3)).to.equal(true);
    expect(await two.guards.places.take('news', null)).to.equal(true);
    expect([await one.guards.places.take('shop', 3), await one.guards.places.take('shop', 3)]).to.deep.equal([
      true,
      false,
    ]);
    wire.pause();
    await eventually('it is removed', async () => (await redis.command('ZSCORE', keys.nodes, before)) === null);
    expect(await redis.command('EXISTS', keys.connections(before))).to.equal(0);
    expect(await one.guards.places.count('shop')).to.equal(1);
    expect(await one.guards.places.take('shop', 3)).to.equal(true);
    wire.cut();
    wire.resume();
    await eventually('its places count', async () => (await one.guards.places.count('shop')) === 4);
    expect(await one.guards.places.count('news')).to.equal(1);
    expect(await one.guards.places.take('shop', 4)).to.equal(false);
  });

  it('give back a place that is left while Redis is away, and none that was refused', async () => {
    const { wire, one, two } = await openTwo();
    const { places } = two.guards;
    for (const _ of [1, 2]) await places.take('shop', 3);
    const unanswered = wire.cutAt(1, 'unanswered');
    const refused = rejection(Promise.resolve(places.take('shop', 3)));
    await unanswered;
    await refused;
    places.give('shop');
    await eventually('one is left', async () => (await one.guards.places.count('shop')) === 1);
    expect([...places.taken()]).to.deep.equal([['shop', 1]]);
  });

  it('lock a network out on a node that was not told', async () => {
    const { redis, one } = await openTwo();
    for (const value of ['a', 'b']) await one.guards.throttle.fail('net', value, 2, 60_000);
    const late = await open(redis.url());
    const told: string[] = [];
    late.guards.throttle.onLockout((network, forMs) => told.push(`${network} ${forMs > 0 && forMs <= 60_000}`));
    await late.guards.throttle.fail('net', 'c', 2, 60_000);
    await late.guards.throttle.fail('net', 'd', 2, 60_000);
    expect(told).to.deep.equal(['net true']);
  });

  it('end by themselves, so that nothing of them stays in Redis', async () => {
    const { redis, one } = await openTwo();
    const { throttle, pairings, answers, rates, logins } = one.guards;
    await throttle.fail('net', 'a', 2, 60_000);
    await pairings.add('OWNER', { expiresAt: 1 });
    await pairings.add('DEVICE', { by: 'phone', expiresAt: 1 });
    await pairings.claim('DEVICE');
    await answers.claim('shop', 'claimed');
    await answers.claim('shop', 'kept');
    await answers.keep('shop', 'kept', { digest: 'd', answer: 'a' });
    await rates.take({ id: 'shop' }, 'events', 10, 30);
    await logins.put('token', 'text', { most: 10, forMs: 60_000 });
    const kinds = ['thr', 'thrz', 'pair', 'pairz', 'idem', 'idemz', 'rate', 'gct', 'gctz'];
    const all = (await redis.command<string[]>('KEYS', '*')).filter((key) => kinds.includes(key.split(':')[1] ?? ''));
    expect(new Set(all.map((key) => key.split(':')[1]))).to.have.length(kinds.length);
    for (const key of all) expect(await redis.command<number>('PTTL', key), key).to.be.within(1, 720_000);
    // Neither a token nor a code can be read there.
    expect(all.join()).not.to.match(/OWNER|DEVICE|token/);
  });

  it('let a code be used after its time by whoever claimed it before, and by nobody else', async () => {
    const { redis, one, two } = await openTwo();
    await one.guards.pairings.add('CODE', { expiresAt: 1 });
    await one.guards.pairings.add('OTHER', { expiresAt: 1 });
    await one.guards.pairings.claim('CODE');
    for (const key of await redis.command<string[]>('KEYS', keys.pairing('*')))
      await redis.command('HSET', key, 'ends', '1');
    expect(await two.guards.pairings.stands('CODE')).to.equal(true);
    expect(await two.guards.pairings.find('CODE')).to.equal(undefined);
    expect(await two.guards.pairings.claim('OTHER')).to.equal(undefined);
    await one.guards.pairings.end('CODE');
    expect(await two.guards.pairings.stands('CODE')).to.equal(false);
  });

  it('say that Redis is away', async () => {
    const { wire, two } = await openTwo();
    wire.down();
    await eventually('the connection is lost', () => two.connection.state === 'unsure');
    const { pairings, places, logins, rates, answers, throttle } = two.guards;
    for (const refused of [
      throttle.fail('net', 'a', 2, 1000),
      pairings.claim('CODE'),
      places.take('shop', 2),
      logins.get('token'),
      rates.take({ id: 'shop' }, 'events', 1, 1),
      answers.claim('shop', 'k'),
    ]) {
      expect((await rejection(Promise.resolve(refused))).message).to.match(/^Redis is unreachable/);
    }
    expect(await places.take('shop', null)).to.equal(true);
  });
});
