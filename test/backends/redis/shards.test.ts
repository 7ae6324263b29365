import { expect } from 'chai';
import { wantedOwner } from '../../../server/backends/redis/shards.ts';
import { type Clock, systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { SHARDS } from '../../../server/nodes.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { keys, openPeer, samplesOf } from './peers.ts';

type Peer = Awaited<ReturnType<typeof openPeer>>;

/** Waits until the peers own all shards together, each by one. */
function areShared(...peers: Peer[]): Promise<boolean> {
  return eventually('all shards have one owner', () => {
    const owned = peers.map(({ shards }) => samplesOf(shards));
    return (
      owned.flat().length === SHARDS && owned.every((list) => list.length > 0) && new Set(owned.flat()).size === SHARDS
    );
  });
}

describe('wantedOwner', () => {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const nodes = ['a', 'b', 'c', 'd'];

  it('spreads the shards, whatever the order of the nodes', () => {
    const counts = nodes.map((node) => shards.filter((shard) => wantedOwner(shard, nodes) === node).length);
    expect(Math.min(...counts)).to.be.above(4);
    for (const shard of shards) expect(wantedOwner(shard, nodes)).to.equal(wantedOwner(shard, [...nodes].reverse()));
    expect(wantedOwner(0, [])).to.equal(undefined);
  });

  it('moves only the shards of a node that went', () => {
    for (const shard of shards) {
      const before = wantedOwner(shard, nodes);
      if (before !== 'd') expect(wantedOwner(shard, ['a', 'b', 'c'])).to.equal(before);
    }
  });
});

describe('shards', () => {
  it('belong to the only node, and are shared when another comes', async () => {
    const redis = await startRedis();
    const one = await openPeer(redis.url(), 'one');
    await areShared(one);
    expect(one.shards.claimOn(0)).to.equal(`${one.lease.self}|1`);
    const two = await openPeer(redis.url(), 'two');
    await areShared(one, two);
    // All that one lost, two gained.
    const lost = one.told.find((line) => line.startsWith('lost'))?.slice(5);
    expect(samplesOf(two.shards)).to.have.length(Number(lost));
    const [moved = -1] = two.shards.owned();
    expect(two.shards.claimOn(moved)).to.equal(`${two.lease.self}|2`);
    expect(one.shards.claimOn(moved)).to.equal(undefined);
  });

  it('go to the others when a node is cut off, which has begun nothing since before', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const one = await openPeer(redis.url(), 'one');
    const two = await openPeer(redis.url(wire.port), 'two');
    await areShared(one, two);
    const before = two.lease.self;
    wire.down();
    await eventually('it is not sure', () => !two.shards.mayBegin());
    await areShared(one);
    expect(two.shards.mayBegin()).to.equal(false);
    wire.up();
    await areShared(one, two);
    expect(two.lease.self).not.to.equal(before);
    expect(two.shards.mayBegin()).to.equal(true);
    expect(two.told.filter((line) => line === 'resumed')).to.have.length(2);
  });

  it('go to the others while the event loop of a node is late again and again, and stay if there is none', async function () {
    this.timeout(120_000);
    const redis = await startRedis();
    let lag = 0;
    const late: Clock = { ...systemClock, setTimeout: (run, ms) => systemClock.setTimeout(run, ms + lag) };
    const one = await openPeer(redis.url(), 'one');
    const two = await openPeer(redis.url(), 'two', {}, silentLogger, late);
    await areShared(one, two);
    lag = 600;
    await eventually('the other has all', () => samplesOf(one.shards).length === SHARDS, { limit: 20_000 });
    expect(two.told.at(-1)).to.match(/^lost/);
    expect(await redis.command('HGET', keys.node(two.lease.self), 'state')).to.equal('slow');
    await one.shards.drain();
    await one.lease.leave();
    await eventually('it has all, for want of another', () => samplesOf(two.shards).length === SHARDS, {
      limit: 20_000,
    });
    lag = 0;
    const state = async () => (await redis.command('HGET', keys.node(two.lease.self), 'state')) === 'ready';
    await eventually('it is not slow any more', state, { limit: 20_000 });
    expect(samplesOf(two.shards)).to.have.length(SHARDS);
  });

  it('are handed over by a node that stops, before it goes', async () => {
    const redis = await startRedis();
    const [one, two] = [await openPeer(redis.url(), 'one'), await openPeer(redis.url(), 'two')];
    await areShared(one, two);
    let isDone = false;
    two.shards.onLost(async () => {
      await eventually('one has not begun', () => samplesOf(one.shards).length < SHARDS);
      isDone = true;
    });
    two.nodes.drain();
    await two.lease.beat();
    await two.shards.drain();
    expect(isDone).to.equal(true);
    await areShared(one);
    await two.lease.leave();
    expect(await redis.command('ZRANGE', keys.nodes, '0', '-1')).to.deep.equal([one.lease.self]);
    expect(await redis.command('EXISTS', keys.node(two.lease.self))).to.equal(0);
  });

  it('stay with their nodes over an outage of Redis that is longer than a lease', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const [one, two] = [await openPeer(redis.url(), 'one'), await openPeer(redis.url(), 'two')];
    await areShared(one, two);
    const before = [one, two].map(({ lease, shards }) => [lease.self, ...samplesOf(shards)]);
    await redis.kill();
    await eventually('nobody is sure', () => !one.shards.mayBegin() && !two.shards.mayBegin());
    await redis.restart();
    await eventually('both are sure again', () => one.shards.mayBegin() && two.shards.mayBegin());
    expect([one, two].map(({ lease, shards }) => [lease.self, ...samplesOf(shards)])).to.deep.equal(before);
  });

  it('are given back, and claimed again, if their queues cannot be read', async () => {
    const redis = await startRedis();
    const one = await openPeer(redis.url(), 'one');
    await areShared(one);
    const two = await openPeer(redis.url(), 'two');
    let failures = 0;
    two.shards.onGained(async () => {
      failures += 1;
      if (failures === 1) throw new Error('unreadable');
    });
    await areShared(one, two);
  });

  it('are read again with a later beat, if that failed after notices were lost', async () => {
    const redis = await startRedis();
    const one = await openPeer(redis.url(), 'one');
    await areShared(one);
    let reads = 0;
    one.shards.onGained(async () => {
      reads += 1;
      if (reads === 1) throw new Error('unreadable');
    });
    one.shards.reread();
    await eventually('they are read once more', () => reads === 2);
    await one.lease.beat();
    await one.lease.beat();
    expect([reads, samplesOf(one.shards).length]).to.deep.equal([2, SHARDS]);
  });

  it('are claimed by their node until they are released, for the attempts under way', async () => {
    const redis = await startRedis();
    const [one, two] = [await openPeer(redis.url(), 'one'), await openPeer(redis.url(), 'two')];
    await areShared(one, two);
    const shard = two.shards.owned()[0] ?? 0;
    const claims: unknown[] = [];
    two.shards.onLost(async () => {
      claims.push(two.shards.claimOn(shard), await redis.command('HGET', keys.shards, String(shard)));
    });
    await two.shards.drain();
    expect(claims).to.deep.equal([claims[1], claims[1]]);
    expect(two.shards.claimOn(shard)).to.equal(undefined);
  });

  it('get fences above all that were seen, also if Redis has lost the last of them', async () => {
    const redis = await startRedis();
    const one = await openPeer(redis.url(), 'one');
    await areShared(one);
    await redis.command('HSET', keys.shards, '0', `${one.lease.self}|7`);
    await eventually('it is claimed again', () => one.told.includes('lost 1'));
    await redis.command('HSET', keys.shards, '0', '|2');
    await eventually('its fence is higher', async () =>
      /\|(?:[89]|\d\d)$/.test(String(await redis.command('HGET', keys.shards, '0'))),
    );
  });
});
