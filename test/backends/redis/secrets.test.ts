import { expect } from 'chai';
import { createSecretStore } from '../../../server/backends/redis/secrets.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { startRedis } from '../../support/redis/server.ts';
import { keys, openNode } from './peers.ts';

describe('secrets in Redis', () => {
  it('are made once for all nodes, also when all ask at once', async () => {
    const redis = await startRedis();
    let made = 0;
    const make = () => `secret ${++made}`;
    const stores = await Promise.all(
      [1, 2, 3].map(async () => {
        const { connection, control } = await openNode(redis.url());
        return createSecretStore({ connection, control, keys, logger: silentLogger });
      }),
    );
    const found = await Promise.all(stores.map((store) => store.get('token', make)));
    expect(new Set(found).size).to.equal(1);
    const before = made;
    expect(await stores[0]?.get('token', make)).to.equal(found[0]);
    expect(made).to.equal(before);
    expect(await stores[0]?.get('__proto__', make)).not.to.equal(found[0]);
  });
});
