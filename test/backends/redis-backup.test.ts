import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hooksConfig } from '../../server/app-webhooks/config.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { DataError } from '../../server/backends/embedded/data-error.ts';
import { backupEmbedded, openEmbedded, restoreEmbedded } from '../../server/backends/embedded/index.ts';
import type { RedisPlace } from '../../server/backends/redis/archive.ts';
import { openRedis } from '../../server/backends/redis/index.ts';
import { createKeys } from '../../server/backends/redis/keys.ts';
import { backupRedis, restoreRedis } from '../../server/backends/redis-backup.ts';
import { systemClock } from '../../server/base/clock.ts';
import { silentLogger } from '../../server/base/logger.ts';
import type { Draft } from '../../server/delivery/message.ts';
import { readContent } from '../../shared/content.ts';
import { onCleanup } from '../support/cleanup.ts';
import { WEEK } from '../support/message.ts';
import { configFor } from '../support/redis/connect.ts';
import { startRedis } from '../support/redis/server.ts';
import { rejection } from '../support/rejection.ts';
import { tempDir } from '../support/temp-dir.ts';
import { message } from './harness.ts';

const keys = createKeys('herald');
const DEVICES = ['手机', 'b', '__proto__'].map((name, n) => {
  return { name, groups: ['all'], routes: { webhook: { url: name } }, secured: n > 0, createdAt: n };
});
/** Ids of documents; the last one has expired. */
const DOCUMENTS = ['\0\t手机', 'b', 'c'];
const REPORT = { app: '1', address: 'x', hook: 0, channels: ['a'], acceptedAt: Date.now() };

/** Everything that must be the same on both sides. */
async function contentOf({ devices, apps, keys, revocations, secrets, log, appReports, documents }: Backend) {
  const names = DEVICES.map(({ name }) => name);
  const mids = new Set<string>();
  for (const name of names) {
    for (const { mid } of (await log.history(name, '0', { limit: 9999 })).entries) mids.add(mid);
  }
  const messages = await Promise.all([...mids].map((mid) => log.find(mid)));
  const reports = await appReports.load();
  return {
    devices: await devices.load(),
    apps: await apps.load(),
    keys: await keys.load(),
    revoked: [...(await revocations.load())].sort(),
    secrets: await Promise.all(['token', 'messageIdKey'].map((name) => secrets.get(name, () => 'lost'))),
    messages: messages.map((found) => {
      const { message: one, statuses } = found ?? {};
      return [one?.mid, one?.id, one?.content, one?.createdAt, one?.expiresAt, [...(statuses ?? [])].sort()];
    }),
    received: [...(await log.lastReceived(names))].sort(),
    reads: (await log.reads(0, 9999)).mids,
    lastMid: await log.lastMid(),
    documents: await Promise.all(DOCUMENTS.map(async (id) => (await documents.collection('jobs').get(id))?.value)),
    lists: await Promise.all(
      ['due', 'a:b'].map(async (list) =>
        (await documents.collection('jobs').list(list, { limit: 9 })).documents.map(({ id, place }) => [id, place]),
      ),
    ),
    reports: await Promise.all(reports.map(async (one) => [one.request, await appReports.body(one)])),
  };
}

async function fill(backend: Backend) {
  const { devices, apps, keys, revocations, secrets, log, appReports, pendingLeaves, documents, times } = backend;
  await secrets.get('token', () => 'kept');
  for (const device of DEVICES) await devices.put(device);
  await apps.put({ id: 'shop', dialect: 'x', settings: { n: [1, null] } });
  await keys.put({ name: 'nas', number: 2, createdAt: 1, texts: [{ sha256: 'x' }], settings: { device: 'b' } });
  await revocations.put('gone', 100, WEEK);
  for (let mid = 1; mid <= 450; mid += 1)
    await log.append(message(mid, `text ${mid}`), mid % 2 === 0 ? ['手机'] : ['手机', 'b']);
  await log.append(message(500), ['__proto__']);
  await log.record('2', '手机', 'ok');
  await log.record('3', 'b', 'failed');
  await log.record('5', 'b', 'webpush-wait');
  await log.markRead(['4', '2', '3']);
  for (const request of ['first', 'second']) await appReports.add({ ...REPORT, request, body: `{"r":"${request}"}` });
  await pendingLeaves?.add({ app: '1', channel: 'presence-a', user: '' });
  await pendingLeaves?.add({ app: '1', channel: 'presence-a', user: '7' });
  const [odd = '', listed = '', expired = ''] = DOCUMENTS;
  const jobs = documents.collection('jobs');
  await jobs.put(odd, { text: '\ud800\n' }, { lists: { due: 5, 'a:b': -1 }, expiresAt: Date.now() + WEEK });
  await jobs.put(listed, { n: 1 }, { lists: { due: 4 } });
  await jobs.put(expired, { n: 2 }, { lists: { due: 4 }, expiresAt: 1 });
  expect(times === undefined).to.equal(pendingLeaves === undefined);
}

async function openPlace(place: RedisPlace): Promise<Backend> {
  const options = {
    node: 'test',
    messageTtl: WEEK,
    historyTtl: 604_800_000,
    maxFeeds: 10,
    maxQueued: 10_000,
    maxDevices: 10_000,
    hooks: hooksConfig.parse({}),
  };
  const backend = await openRedis({ ...place, ...options });
  onCleanup(() => backend.close());
  return backend;
}

async function setUp() {
  const base = await tempDir();
  const redis = await startRedis({ config: { appendonly: 'yes' } });
  const place: RedisPlace = { config: configFor(redis.url()), clock: systemClock, logger: silentLogger };
  const embedded = await openEmbedded({ dir: join(base, 'data'), logger: silentLogger });
  await fill(embedded);
  const content = await contentOf(embedded);
  await embedded.close();
  const file = join(base, 'one');
  await backupEmbedded(join(base, 'data'), file);
  return { base, redis, place, file, content };
}

describe('restoreRedis and backupRedis', () => {
  it('move a relay from a directory to Redis and back, with everything in it', async () => {
    const { base, redis, place, file, content } = await setUp();
    await restoreRedis(file, place);
    const nodes = await openPlace(place);
    // A restore ends the tokens that are older than the last removal.
    const names = ['gone', ...DEVICES.map(({ name }) => name)];
    const expected = { ...content, revoked: names.map((name) => [name, 100]).sort() };
    expect(await contentOf(nodes)).to.deep.equal(expected);
    const edges = await redis.command<string[]>('KEYS', `${keys.edges(0).slice(0, -1).replace('{', '\\{')}*`);
    expect(edges, 'what apps are owed').to.have.length(1);
    expect(await redis.command('XLEN', edges[0] ?? '')).to.equal(2);

    const second = join(base, 'two');
    await backupRedis(place, second);
    expect((await readdir(base)).sort()).to.deep.equal(['data', 'one', 'two']);
    const dir = join(base, 'again');
    await restoreEmbedded(second, dir);
    const embedded = await openEmbedded({ dir, logger: silentLogger });
    onCleanup(() => embedded.close());
    expect(await contentOf(embedded)).to.deep.equal(expected);
  });

  it('keep numbers, feeds, the messages of targets and keys, and what devices removed', async () => {
    const { base, place, redis } = await setUp();
    const source = await openEmbedded({ dir: join(base, 'source'), logger: silentLogger });
    const draft = (target: string, more: Partial<Draft>): Draft => ({
      sendType: 'group',
      target,
      from: { method: 'http', name: '' },
      content: readContent({ text: 'x', desp: '', extra: { key: 'disk' } }),
      ...more,
    });
    async function accept(one: Draft, devices: readonly string[]): Promise<string> {
      const accepted = await source.log.accept(one, devices, 0);
      if (accepted === 'stale') throw new Error('nothing has changed');
      return accepted.message.mid;
    }
    const { mid: number } = await source.log.stamp(draft('family', {}));
    const a = await accept(draft('family', { number }), ['phone', 'tablet']);
    const b = await accept(draft('news', { sendType: 'personal', feed: true }), []);
    const c = await accept(draft('family', {}), ['phone']);
    for (const mid of [a, c]) await source.log.record(mid, 'phone', 'ok');
    await source.log.remove('phone', [a, c]);
    await source.log.unlist([c]);
    await source.close();
    await backupEmbedded(join(base, 'source'), join(base, 'two'));
    await redis.command('FLUSHALL');
    await restoreRedis(join(base, 'two'), place);
    await backupRedis(place, join(base, 'three'));
    await restoreEmbedded(join(base, 'three'), join(base, 'again'));
    const again = await openEmbedded({ dir: join(base, 'again'), logger: silentLogger });
    onCleanup(() => again.close());
    for (const { log } of [await openPlace(place), again]) {
      const { entries } = await log.ofTargets(['family', 'news'], '0', { limit: 9 });
      expect(entries.map(({ mid }) => mid)).to.deep.equal([a, b]);
      expect(await log.ofKey('family', 'disk', 9)).to.deep.equal([a]);
      expect((await log.history('phone', '0', { limit: 9 })).entries).to.deep.equal([]);
      expect((await log.find(number))?.message.mid).to.equal(a);
      expect((await log.find(c))?.statuses).to.deep.equal(new Map([['phone', 'ok']]));
      expect((await log.find(b))?.message.feed).to.equal(true);
    }
  });

  it('give no mid twice, even if its message is gone', async () => {
    const { base, place, redis, file } = await setUp();
    await restoreRedis(file, place);
    await redis.command('SET', keys.mid, '99999999999999');
    await backupRedis(place, join(base, 'two'));
    const dir = join(base, 'again');
    await restoreEmbedded(join(base, 'two'), dir);
    const embedded = await openEmbedded({ dir, logger: silentLogger });
    expect(embedded.times.lastMid()).to.equal('99999999999999');
    await embedded.close();
    await redis.command('FLUSHALL');
    await restoreRedis(join(base, 'two'), place);
    expect(await (await openPlace(place)).log.lastMid()).to.equal('99999999999999');
  });

  it('keep who is on a channel that an app is told of, so that the app is told that they left', async () => {
    const { base, place, redis, file } = await setUp();
    await restoreRedis(file, place);
    await redis.command('HSET', keys.occupancy('a:b', 'presence-x'), '', 'e', 'n', '1');
    await redis.command('HSET', keys.members('a:b', 'presence-x'), '7', '1 {}');
    await redis.command('SADD', keys.occupied('a:b'), 'presence-x', 'untold');
    await backupRedis(place, join(base, 'two'));
    await restoreEmbedded(join(base, 'two'), join(base, 'again'));
    const embedded = await openEmbedded({ dir: join(base, 'again'), logger: silentLogger });
    onCleanup(() => embedded.close());
    expect(await embedded.pendingLeaves.load()).to.have.deep.members([
      { app: 'a:b', channel: 'presence-x', user: '7' },
      { app: 'a:b', channel: 'presence-x', user: '' },
    ]);
  });

  it('refuse a prefix with keys, a prefix without a cluster, and a file that exists', async () => {
    const { base, place, file, redis } = await setUp();
    expect((await rejection(backupRedis(place, join(base, 'two')))).message).to.match(
      /has no cluster of the prefix herald/,
    );
    await redis.command('SET', keys.mid, '1');
    expect((await rejection(restoreRedis(file, place))).message).to.match(/already holds data: \{herald\}:mid/);
    expect(await rejection(backupRedis(place, file))).to.be.instanceOf(DataError);
    expect(await redis.command('DBSIZE')).to.equal(1);
  });

  it('leave no cluster behind if a restore breaks off', async () => {
    const { place, redis } = await setUp();
    await redis.command('SET', keys.restoring, '1');
    expect((await rejection(openPlace(place))).message).to.match(/a restore into this prefix has not ended/);
  });

  it('refuse what is no backup before anything is written', async () => {
    const { base, place, redis } = await setUp();
    const file = join(base, 'no backup');
    await writeFile(file, 'text');
    expect(await rejection(restoreRedis(file, place))).to.be.instanceOf(DataError);
    expect(await redis.command('DBSIZE')).to.equal(0);
  });
});
