import { expect } from 'chai';
import { checkRedis } from '../../../server/cli/doctor/redis.ts';
import { configSchema } from '../../../server/config/schema.ts';
import { startRedis } from '../../support/redis/server.ts';

function configOf(redis: object) {
  const { redis: section } = configSchema.parse({ redis });
  if (section === undefined) throw new Error('no section');
  return section;
}

describe('checkRedis', () => {
  it('says what Redis promises, and what it cannot', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'everysec' } });
    const [first, ...others] = await checkRedis(configOf({ url: redis.url(), durability: 'second' }));
    expect(first).to.include({ check: 'redis', state: 'ok' });
    expect(first?.text).to.match(/^Redis [\d.]+ answers in \d+ ms: a power cut of its machine may lose/);
    expect(others.map(({ state }) => state)).to.deep.equal(['warning']);
    const refused = await checkRedis(configOf({ url: redis.url(), durability: 'disk' }));
    expect(refused.find(({ state }) => state === 'problem')?.text).to.contain('needs appendfsync always');
  });

  it('says that it cannot be used', async () => {
    const [found] = await checkRedis(configOf({ url: 'redis://127.0.0.1:1', startTimeout: 200 }));
    expect(found).to.include({ state: 'problem' });
    expect(found?.text).to.match(/^Redis cannot be used: /);
  });
});
