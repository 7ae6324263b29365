import { expect } from 'chai';
import { openRedis } from '../../../server/backends/redis/index.ts';
import { systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { soon } from '../../support/eventually.ts';
import { configFor } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { rejection } from '../../support/rejection.ts';

async function open(url: string) {
  const config = configFor(url);
  const opened = await openRedis({ config, node: 'test', logger: silentLogger, clock: systemClock });
  onCleanup(() => opened.close());
  return opened;
}

describe('openRedis', () => {
  it('keeps devices, apps, ended tokens and secrets over a restart of everything', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const device = { name: 'phone', groups: ['a'], routes: { webhook: { url: 'x' } }, secured: true, createdAt: 1 };
    const app = { id: 'shop', dialect: 'x', settings: { n: [1, null] } };
    const first = await open(redis.url());
    await first.devices.put(device);
    await first.apps.put(app);
    await first.revocations.put('phone', 100, 1000);
    const secret = await first.secrets.get('token', () => 'made');
    await soon('it closes', first.close());
    await redis.kill();
    await redis.restart();
    const second = await open(redis.url());
    expect(second.cluster).to.deep.equal(first.cluster);
    expect(await second.devices.load()).to.deep.equal([device]);
    expect(await second.apps.load()).to.deep.equal([app]);
    expect(await second.revocations.load()).to.deep.equal(new Map([['phone', 100]]));
    expect(await second.secrets.get('token', () => 'other')).to.equal(secret);
  });

  it('does not mix up devices and apps of one name', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    const told: string[] = [];
    two.devices.onChange(({ name }) => told.push(`device ${name}`));
    two.apps.onChange(({ name }) => told.push(`app ${name}`));
    await one.apps.put({ id: 'same', dialect: 'x', settings: null });
    await one.devices.put({ name: 'same', groups: [], routes: {}, secured: false, createdAt: 1 });
    await one.devices.remove('same');
    await two.devices.catchUp();
    expect(told).to.deep.equal(['app same', 'device same', 'device same']);
    expect(await two.apps.load()).to.have.length(1);
  });

  it('leaves no connection behind if Redis is refused', async () => {
    const redis = await startRedis();
    expect((await rejection(open(redis.url()))).message).to.match(/^Redis at redis:.* appendonly is no/);
    expect(await redis.command('CLIENT', 'LIST')).not.to.include('herald:');
  });
});
