import { expect } from 'chai';
import { createRedisDocuments } from '../../../server/backends/redis/documents.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire, type Moment } from '../../support/redis/wire.ts';
import { keys, openPeer } from './peers.ts';

type Value = { readonly n: number };

async function open() {
  const redis = await startRedis();
  const wire = await layWire(redis.port);
  const peer = await openPeer(redis.url(wire.port), 'one');
  const { logger, lines } = recordingLogger();
  const documents = createRedisDocuments({ ...peer, node: peer.lease, keys, logger });
  return { redis, wire, lines, jobs: documents.collection<Value>('jobs') };
}

describe('documents in Redis', () => {
  for (const moment of ['before', 'unanswered', 'after'] as const satisfies readonly Moment[]) {
    it(`change once if the connection breaks ${moment === 'unanswered' ? 'before the answer' : moment}`, async () => {
      const { wire, jobs } = await open();
      await jobs.put('a', { n: 1 });
      const before = await jobs.get('a');
      let cut = wire.cutAt(1, moment);
      // A change that is refused has not happened.
      const put = await jobs.put('a', { n: 2 }, { seen: before?.version ?? 0 }).catch(() => 'refused');
      await cut;
      expect(put, 'not the conflict with itself').not.to.equal('conflict');
      const after = await eventually('Redis is back', () => jobs.get('a'));
      expect(after?.version).to.equal(put === 'refused' ? before?.version : put);
      cut = wire.cutAt(1, moment);
      const removed = await jobs.remove('a', after?.version).catch(() => 'refused');
      await cut;
      const { left } = await eventually('Redis is back', async () => ({ left: await jobs.get('a') }));
      expect(['removed', 'refused']).to.include(removed);
      expect(left === undefined).to.equal(removed === 'removed');
    });
  }

  it('are told as missed when notices were lost', async () => {
    const { redis, wire, jobs } = await open();
    const other = await openPeer(redis.url(), 'two');
    const others = createRedisDocuments({ ...other, node: other.lease, keys, logger: silentLogger });
    let missed = 0;
    jobs.onMissed(() => {
      missed += 1;
    });
    wire.down();
    await others.collection('jobs').put('a', { n: 1 });
    wire.up();
    await eventually('it is told', () => missed > 0);
  });

  it('that are damaged are left out, and can be replaced', async () => {
    const { redis, lines, jobs } = await open();
    await jobs.put('a', { n: 1 }, { lists: { due: 1 } });
    await jobs.put('b', { n: 2 }, { lists: { due: 2 } });
    const record = await redis.command<string>('HGET', keys.documents('jobs'), 'a');
    await redis.command('HSET', keys.documents('jobs'), 'a', record.replace('{"n":1}', '{"n":'));
    expect(await jobs.get('a')).to.equal(undefined);
    expect((await jobs.list('due', { limit: 9 })).documents.map(({ id }) => id)).to.deep.equal(['b']);
    expect(lines.filter(({ text }) => text.includes('cannot be read'))).to.have.length(2);
    await jobs.put('a', { n: 3 }, { lists: { due: 3 } });
    expect((await jobs.list('due', { limit: 9 })).documents.map(({ id }) => id)).to.deep.equal(['b', 'a']);
  });

  it('leave nothing behind in Redis when they are removed or expire', async () => {
    const { redis, jobs } = await open();
    const keysNow = async () => (await redis.command<string[]>('KEYS', '*:list:*')).length;
    await jobs.put('a', { n: 1 }, { lists: { due: 1, other: 2 }, expiresAt: Date.now() + 60_000 });
    await jobs.put('old', { n: 1 }, { lists: { due: 1 }, expiresAt: 1 });
    expect(await keysNow()).to.equal(2);
    await jobs.remove('a');
    expect(await keysNow()).to.equal(0);
    expect(await redis.command('EXISTS', keys.documents('jobs'), keys.documentExpiries)).to.equal(0);
  });
});
