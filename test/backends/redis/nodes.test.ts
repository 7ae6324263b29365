import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { keys, openPeer } from './peers.ts';

describe('the nodes of a cluster', () => {
  it('see each other, by names that differ', async () => {
    const redis = await startRedis();
    const one = await openPeer(redis.url(), 'host:80');
    const told: string[] = [];
    one.nodes.onChange((name, isThere) => told.push(`${name} ${isThere}`));
    const two = await openPeer(redis.url(), 'host:80');
    await eventually('both see two', () => one.nodes.count() === 2 && two.nodes.count() === 2);
    const list = await one.nodes.list();
    expect(list.map(({ id, name }) => [id, name])).to.deep.equal([
      [one.nodes.self, 'host:80'],
      [two.nodes.self, 'host:80#2'],
    ]);
    const facts = JSON.parse(String(await redis.command('HGET', keys.node(two.nodes.self), 'facts')));
    expect(facts.formats).to.deep.equal({ from: 1, to: 1 });
    await eventually('the shards are told', async () => {
      const counts = (await one.nodes.list()).map(({ shards }) => shards);
      return counts.reduce((sum, count) => sum + count, 0) === 64 && Math.min(...counts) > 0;
    });
    await two.lease.leave();
    await eventually('one is left', () => one.nodes.count() === 1);
    expect(told).to.deep.equal(['host:80#2 true', 'host:80#2 false']);
  });

  it('have one time, that of Redis', async () => {
    const redis = await startRedis();
    const { lease } = await openPeer(redis.url(), 'one');
    for (let round = 0; round < 200; round += 1) {
      const before = lease.time();
      const [seconds, micros] = (await redis.command<string[]>('TIME')).map(Number) as [number, number];
      const after = lease.time();
      const time = seconds * 1000 + micros / 1000;
      expect(before.earliest).to.be.at.most(time);
      expect(after.latest).to.be.at.least(time);
      expect(after.latest - after.earliest).to.be.within(0, 10_000);
    }
  });

  it('remove a dead one, which then goes on under a new id', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const [one, two] = [await openPeer(redis.url(), 'one'), await openPeer(redis.url(wire.port), 'two')];
    const before = two.nodes.self;
    wire.pause();
    await eventually('it is removed', async () => (await redis.command('ZSCORE', keys.nodes, before)) === null);
    expect(await redis.command('EXISTS', keys.node(before))).to.equal(0);
    await eventually('one is left', () => one.nodes.count() === 1);
    wire.cut();
    wire.resume();
    await eventually('it is back', () => one.nodes.count() === 2);
    expect(two.nodes.self).not.to.equal(before);
    expect((await one.nodes.list()).map(({ name }) => name)).to.deep.equal(['one', 'two']);
  });
});
