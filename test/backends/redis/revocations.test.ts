import { expect } from 'chai';
import { createRevocationStore } from '../../../server/backends/redis/revocations.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { keys, openNode } from './peers.ts';

async function open(url: string) {
  return createRevocationStore(await openNode(url), keys.revoked);
}

describe('revocations in Redis', () => {
  it('are told to every node, to the own one before they resolve, and never go back', async () => {
    const redis = await startRedis();
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    const [own, other]: string[][] = [[], []];
    one.onChange((name, at) => own?.push(`${name} ${at}`));
    two.onChange((name, at) => other?.push(`${name} ${at}`));
    await one.put('phone', 1_800_000_000_001, 1000);
    expect(own).to.deep.equal(['phone 1800000000001']);
    await one.put('phone', 1_800_000_000_000, 1000);
    await eventually('the other is told', () => other?.length === 2);
    expect(other?.at(-1)).to.equal('phone 1800000000001');
    expect(await two.load()).to.deep.equal(new Map([['phone', 1_800_000_000_001]]));
  });

  it('drop entries older than they have to be kept', async () => {
    const store = await open((await startRedis()).url());
    await store.put('old', 100, 1000);
    await store.put('edge', 101, 1000);
    await store.put('__proto__', 1101, 1000);
    expect([...(await store.load())]).to.deep.equal([
      ['edge', 101],
      ['__proto__', 1101],
    ]);
  });

  it('are told again if they were missed', async () => {
    const redis = await startRedis();
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    await one.put('known', 1, 1000);
    await two.load();
    const told: string[] = [];
    two.onChange((name, at) => told.push(`${name} ${at}`));
    await redis.command('ZADD', keys.revoked, '2', 'missed');
    await redis.command('XADD', keys.control, '9-0', 'k', 'other');
    await eventually('it is told', () => told.join() === 'missed 2');
  });
});
