import { expect } from 'chai';
import { createApps } from '../../../server/channel/apps.ts';
import { createFindApp } from '../../../server/dialects/gusher-cluster/found-apps.ts';
import { fakeClock } from '../../support/clock.ts';
import { startRedis } from '../../support/redis/server.ts';
import { onRedis } from '../../support/redis/worlds.ts';
import { rejection } from '../../support/rejection.ts';
import { world } from '../../world.ts';
import { startHook } from '../hook.ts';
import { call, relay2016 } from './relay.ts';

describe('apps of gusher.cluster in Redis', () => {
  it('have their hook in the hash of their key; those of the config win', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const hook = await startHook((_body, response) =>
      response.end(JSON.stringify({ user_id: 'u1', channels: ['c1'] })),
    );
    const options = relay2016({ both: hook.url }, { appsInRedis: true, redisPrefix: 'gusher-' });
    const relay = await world(onRedis(redis.url(), options));
    await redis.command('HSET', 'gusher-shop', 'url', hook.url);
    await redis.command('HSET', 'gusher-both', 'url', 'http://127.0.0.1:1/');
    await redis.command('HSET', 'gusher-odd', 'url', 'ftp://host/');
    await redis.command('HSET', 'gusher-bare', 'other', hook.url);
    await redis.command('SET', 'gusher-text', hook.url);
    for (const key of ['shop', 'both']) {
      await relay.socket(`/ws/${key}?auth=x`);
      expect((await call(relay, `GET /api/check/${key}`)).json).to.deep.equal({ app_key: key });
    }
    expect(hook.asked).to.have.length(2);
    for (const key of ['odd', 'bare', 'text', 'nobody', 'x'.repeat(300)]) {
      expect((await call(relay, `GET /api/check/${key}`)).text, key).to.include('empty app_key');
    }
  });

  it('are never keys of the relay itself', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const relay = await world(onRedis(redis.url(), relay2016({}, { appsInRedis: true })));
    await redis.command('HSET', '{herald}:x', 'url', 'http://host/');
    expect((await call(relay, 'GET /api/check/%7Bherald%7D:x')).text).to.include('empty app_key');
  });

  it('are kept for two seconds, and as many as there may be', async () => {
    const clock = fakeClock();
    const asked: string[] = [];
    const readForeign = async (key: string, field: string) => {
      asked.push(`${key} ${field}`);
      return key === 'p-shop' ? 'http://host/' : undefined;
    };
    const find = createFindApp(
      { apps: {}, appsInRedis: true, redisPrefix: 'p-' },
      { apps: createApps([]), clock, readForeign },
    );
    for (const _ of [1, 2]) expect(await find('shop')).to.include({ url: 'http://host/' });
    expect(await find('nobody')).to.equal(undefined);
    expect(asked).to.deep.equal(['p-shop url', 'p-nobody url']);
    await clock.tick(2000);
    await find('shop');
    expect(asked).to.have.length(3);
    for (let n = 0; n < 1000; n += 1) await find(`key ${n}`);
    await find('shop');
    expect(asked).to.have.length(1004);
  });

  it('need Redis', async () => {
    const error = await rejection(world(relay2016({}, { appsInRedis: true })));
    expect(error.message).to.include('gusherCluster.appsInRedis: expected redis in the config');
  });
});
