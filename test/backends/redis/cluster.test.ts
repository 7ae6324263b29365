import { expect } from 'chai';
import { joinCluster } from '../../../server/backends/redis/cluster.ts';
import { createKeys } from '../../../server/backends/redis/keys.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';

const keys = createKeys('herald');

describe('joinCluster', () => {
  it('makes one cluster, whoever comes first', async () => {
    const redis = await startRedis();
    const nodes = await Promise.all([1, 2, 3].map(() => connectTo(redis.url())));
    const found = await Promise.all(nodes.map((connection) => joinCluster(connection, keys)));
    expect(new Set(found.map(({ id }) => id)).size).to.equal(1);
    expect(Date.now() - (found[0]?.made ?? 0)).to.be.within(-1000, 60_000);
    expect(await redis.command('HGET', keys.meta, 'shards')).to.equal('64');
  });

  it('refuses what a later version has made, and what is no cluster', async () => {
    const redis = await startRedis();
    const connection = await connectTo(redis.url());
    await redis.command('HSET', keys.meta, 'format', '2', 'id', 'x', 'shards', '64');
    expect((await rejection(joinCluster(connection, keys))).message).to.equal(
      '{herald}:meta: a later version of Herald has made this cluster (format 2); this one reads up to 1',
    );
    await redis.command('HSET', keys.meta, 'format', '1', 'shards', '32');
    expect((await rejection(joinCluster(connection, keys))).message).to.include('no record of a Herald cluster');
  });
});
