import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hooksConfig } from '../../../server/app-webhooks/config.ts';
import type { Backend } from '../../../server/backends/backend.ts';
import { openRedis } from '../../../server/backends/redis/index.ts';
import { type Clock, systemClock } from '../../../server/base/clock.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import type { Device } from '../../../server/delivery/device.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { eventually, soon } from '../../support/eventually.ts';
import { WEEK } from '../../support/message.ts';
import { configFor } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { rejection } from '../../support/rejection.ts';
import { message } from '../harness.ts';

function open(url: string, clock: Clock = systemClock): Promise<Backend> {
  const shared = {
    logger: silentLogger,
    clock,
    messageTtl: WEEK,
    historyTtl: WEEK,
    maxFeeds: 10,
    maxQueued: 10_000,
    maxDevices: 10_000,
    hooks: hooksConfig.parse({}),
  };
  return openRedis({ config: configFor(url), node: 'test node', ...shared });
}

describe('the Redis backend', () => {
  it('keeps everything over a restart of Redis and of all nodes', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const device = { name: 'phone', groups: ['a'], routes: { webhook: { url: 'x' } }, secured: true, createdAt: 1 };
    const first = await open(redis.url());
    await first.devices.put(device);
    const secret = await first.secrets.get('token', () => 'made');
    await soon('it closes', first.close());
    await redis.kill();
    await redis.restart();
    const second = await open(redis.url());
    onCleanup(() => second.close());
    expect(await second.devices.load()).to.deep.equal([device]);
    expect(await second.secrets.get('token', () => 'other')).to.equal(secret);
    expect(second.messageIds.idOf('1')).to.equal(first.messageIds.idOf('1'));
  });

  it('leaves nothing running when its start fails, wherever that is', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const wire = await layWire(redis.port);
    let failures = 0;
    for (let n = 1; n <= 12; n += 1) {
      const clock = fakeClock();
      void wire.cutAt(n, 'before');
      const opened = await open(redis.url(wire.port), clock).catch((error: unknown) => error);
      if (!(opened instanceof Error)) {
        await (opened as Backend).close();
        continue;
      }
      failures += 1;
      await eventually(`no timer is left after command ${n}`, () => clock.timers() === 0, { limit: 1000 });
    }
    expect(failures).to.be.above(5);
  });

  it('does not mix up devices and apps of one name', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    for (const node of [one, two]) onCleanup(() => node.close());
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

  it('takes from a removed device what it had, and from the next one of its name nothing', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    for (const node of [one, two]) onCleanup(() => node.close());
    const device = { name: 'phone', groups: [], routes: {}, secured: false, createdAt: 1 };
    await one.devices.put(device);
    await one.log.append(message(1, 'for the first'), ['phone']);
    expect(await one.devices.remove('phone', undefined, true)).to.equal('busy');
    expect(await one.devices.remove('phone')).to.equal('stored');
    await two.devices.put(device);
    await two.log.append(message(2, 'for the second'), ['phone']);
    await one.log.forget('phone');
    const { entries } = await two.log.history('phone', '0', { limit: 9 });
    expect(entries.map(({ mid }) => mid)).to.deep.equal(['2']);
    // The first message had no other recipient.
    expect(await redis.command('XLEN', '{herald}:log')).to.equal(1);
  });

  it('leaves no connection behind if Redis is refused', async () => {
    const redis = await startRedis();
    expect((await rejection(open(redis.url()))).message).to.match(/^Redis at redis:.* appendonly is no/);
    await eventually('all are closed', async () => !/herald:/.test(await redis.command<string>('CLIENT', 'LIST')));
  });

  it('writes again what its nodes know if Redis comes back without its data', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const [one, two] = [await open(redis.url()), await open(redis.url())];
    for (const node of [one, two]) onCleanup(() => node.close());
    const devices = ['b', 'a', 'c'].map((name) => ({ name, groups: [], routes: {}, secured: false, createdAt: 1 }));
    for (const device of devices) await one.devices.put(device);
    await one.devices.remove('c');
    await one.revocations.put('c', 100, 1000);
    const secret = await one.secrets.get('token', () => 'made');
    // Every node asks for all secrets when it starts.
    expect(await two.secrets.get('token', () => 'other')).to.equal(secret);
    await two.devices.catchUp();
    const gone: string[] = [];
    for (const node of [one, two]) {
      node.devices.onChange(({ name, record }) => {
        if (record === undefined) gone.push(name);
      });
    }
    await redis.kill();
    await rm(join(redis.dir, 'appendonlydir'), { recursive: true });
    await redis.restart();
    const third = await eventually('another node sees all', async () => {
      const node = await open(redis.url());
      onCleanup(() => node.close());
      return (await node.devices.load()).length === 2 ? node : undefined;
    });
    expect((await third?.devices.load())?.map(({ name }) => name)).to.deep.equal(['b', 'a']);
    await eventually('the ends of tokens are there', async () => (await third?.revocations.load())?.get('c') === 100);
    expect(await third?.secrets.get('token', () => 'other')).to.equal(secret);
    expect(await one.devices.put({ ...(devices[0] as Device), secured: true }, one.devices.version())).to.equal(
      'stored',
    );
    expect(gone).to.deep.equal([]);
  });

  it('writes its secrets again also if the control log was still empty', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const node = await open(redis.url());
    onCleanup(() => node.close());
    const secret = await node.secrets.get('token', () => 'made');
    await redis.kill();
    await rm(join(redis.dir, 'appendonlydir'), { recursive: true });
    await redis.restart();
    await eventually(
      'the secret is there',
      async () => (await redis.command('HGET', '{herald}:secrets', 'token')) === secret,
    );
  });

  it('closes while Redis is away', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const node = await open(redis.url());
    await redis.kill();
    await soon('it closes', node.close());
  });
});
