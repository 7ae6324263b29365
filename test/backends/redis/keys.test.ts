import { expect } from 'chai';
import { channelShard, createKeys, shardOf } from '../../../server/backends/redis/keys.ts';
import { SHARDS } from '../../../server/nodes.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';

/** Every name that the keys make, of arguments that differ. */
function allNames(prefix: string): string[] {
  return Object.values(createKeys(prefix)).map((key) =>
    typeof key === 'string' ? key : (key as (...parts: unknown[]) => string)('a', 'b'),
  );
}

describe('createKeys', () => {
  it('gives each thing a name of its own, below the prefix', () => {
    const names = allNames('x.y');
    expect(new Set(names).size).to.equal(names.length);
    expect(names.filter((name) => !name.startsWith('{x.y}:'))).to.deep.equal([]);
  });

  it('puts all of them into one slot of a Redis Cluster', async () => {
    const redis = await startRedis({ config: { 'cluster-enabled': 'yes' } });
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const connection = await connectTo(`redis-cluster://127.0.0.1:${redis.port}`);
    const slots = await Promise.all(allNames('herald').map((name) => connection.send(['CLUSTER', 'KEYSLOT', name])));
    expect(new Set(slots).size).to.equal(1);
  });

  it('never confuses an app with a part of a channel', () => {
    const { members } = createKeys('p');
    expect(members('gusher:a', 'b:c')).not.to.equal(members('gusher:a:b', 'c'));
    expect(members('a%3Ab', 'c')).not.to.equal(members('a:b', 'c'));
  });
});

describe('shardOf', () => {
  it('is the same in every version, because nodes of two versions share the work', () => {
    expect(['phone', '手机', '', 'e'.repeat(1000)].map(shardOf)).to.deep.equal([29, 51, 0, 19]);
  });

  it('spreads names', () => {
    const counts = new Map<number, number>();
    for (let n = 0; n < 64_000; n += 1) {
      const shard = shardOf(`device ${n}`);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).to.equal(SHARDS);
    expect(Math.max(...counts.values())).to.be.below(1200);
  });
});

describe('channelShard', () => {
  it('is one shard for a channel of an app, the same in every version', () => {
    expect([channelShard('1', 'a'), channelShard('1', 'b'), channelShard('2', 'a')]).to.deep.equal([49, 11, 40]);
  });
});
