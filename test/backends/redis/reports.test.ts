import { expect } from 'chai';
import { REPORTED_EVENTS } from '../../../server/app-webhooks/event-report.ts';
import { createApp, type Hook } from '../../../server/channel/app.ts';
import { type Receiver, receiver } from '../../app-webhooks/receiver.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedis } from '../../support/redis/server.ts';
import type { Moment } from '../../support/redis/wire.ts';
import { keys } from './peers.ts';
import { ALL_SHARDS, openReporter } from './report-nodes.ts';

const EVENTS = REPORTED_EVENTS.filter((name) => name !== 'server_event');

function appOf(url: string, more: Partial<Hook> = {}) {
  const hooks: Hook[] = [{ url, events: EVENTS, batch: false, ...more }];
  return createApp({ id: '1', keys: [{ key: 'k', secret: 's', active: true }], hooks });
}

/** What a hook was told, each report once: repeats have the same body. */
function told(hook: Receiver): string[] {
  const bodies = [...new Set(hook.requests.map(({ body }) => body))];
  return bodies.flatMap((body) => {
    const { events } = JSON.parse(body) as { events: Record<string, unknown>[] };
    return events.map(({ name, channel, user_id }) => [name, channel, user_id].filter(Boolean).join(' '));
  });
}

/** How many reports were ever stored. */
const stored = async (redis: RedisServer) => Number((await redis.command('GET', keys.reportNumber)) ?? 0);

/** How many events and reports are left. */
async function left(redis: RedisServer): Promise<number> {
  const streams = (await redis.command<string[]>('KEYS', `${keys.hookLog('*').replace('{', '\\{')}`)).concat(
    ALL_SHARDS.map(keys.edges),
  );
  const lengths = await Promise.all(streams.map((key) => redis.command<number>('XLEN', key)));
  return lengths.reduce((sum, length) => sum + length, 0);
}

async function setUp(more: Partial<Hook> = {}) {
  const redis = await startRedis();
  const hook = await receiver();
  const app = appOf(hook.url, more);
  const [a, b] = [await openReporter(redis, 'a', app), await openReporter(redis, 'b', app)];
  return { redis, hook, app, a, b };
}

const SPLIT = ALL_SHARDS.length / 2;

describe('reports in Redis', () => {
  it('tell an app once what happens on either of two nodes, whichever owns the channel', async () => {
    const { redis, hook, app, a, b } = await setUp();
    await Promise.all([a.gain(1, ALL_SHARDS.slice(0, SPLIT)), b.gain(1, ALL_SHARDS.slice(SPLIT))]);
    const channels = Array.from({ length: 20 }, (_, n) => `c${n}`);
    for (const [n, channel] of channels.entries()) await (n % 2 === 0 ? a : b).edge('o', channel);
    await a.edge('a', 'presence-x', '7', '{"name":"Ann"}');
    await b.edge('n', 'c0', '', '1');
    for (const [node, from] of [[a, 'A'] as const, [b, 'B'] as const]) {
      node.reports.add(app, { name: 'cache_miss', channel: 'cache-x' });
      node.reports.add(app, { name: 'client_event', channel: 'c1', user_id: from });
    }
    await eventually('everything is told', async () => hook.requests.length >= 25 && (await left(redis)) === 0);
    for (const [n, channel] of channels.entries()) await (n % 2 === 0 ? b : a).edge('v', channel);
    for (const node of [a, b]) await eventually('it is read', () => node.clock.timers() > 0);
    await eventually('everything is told', async () => {
      for (const node of [a, b]) await node.clock.tick(1000);
      return (await left(redis)) === 0;
    });
    const all = channels.flatMap((channel) => [`channel_occupied ${channel}`, `channel_vacated ${channel}`]);
    expect(told(hook).sort()).to.deep.equal(
      [
        ...all,
        'member_added presence-x 7',
        'subscription_count c0',
        'cache_miss cache-x',
        'client_event c1 A',
        'client_event c1 B',
      ].sort(),
    );
    expect(await stored(redis)).to.equal(hook.requests.length);
  });

  const MOMENTS: readonly Moment[] = ['before', 'unanswered', 'after'];
  for (const moment of MOMENTS) {
    for (const n of [1, 2, 3, 4, 5, 6, 9]) {
      it(`are told once if the owner is cut off ${moment} command ${n} of its work, and comes back too late`, async () => {
        const { redis, hook, a, b } = await setUp();
        await a.gain(1);
        void a.wire.cutAt(n, moment).then(() => a.wire.down());
        await b.edge('o', 'a');
        await b.edge('v', 'a');
        await b.edge('o', 'b');
        await eventually('the owner is cut off, or done', async () => {
          await a.clock.tick(1000);
          return a.connection.state === 'unsure' || (await left(redis)) === 0;
        });
        await b.gain(2);
        a.wire.up();
        await eventually('everything is told', async () => {
          for (const node of [a, b]) await node.clock.tick(1000);
          return (await left(redis)) === 0;
        });
        expect(told(hook).sort()).to.deep.equal(['channel_occupied a', 'channel_occupied b', 'channel_vacated a']);
        expect(told(hook).indexOf('channel_occupied a')).to.be.below(told(hook).indexOf('channel_vacated a'));
        expect(await stored(redis)).to.equal(3);
      });
    }
  }

  it('go on at another node when shards are handed over, in order and once', async () => {
    const { redis, hook, app, a, b } = await setUp({ batch: true });
    await a.gain(1);
    for (let n = 0; n < 5; n += 1) {
      const [from, to] = n % 2 === 0 ? [a, b] : [b, a];
      for (let m = 0; m < 3; m += 1) {
        to.reports.add(app, { name: 'client_event', channel: 'a', user_id: `${n} ${m}` });
        // Redis has what was sent on the connection before.
        await to.connection.send(['PING']);
      }
      await from.lose();
      await to.gain(n + 2);
    }
    await eventually('everything is told', async () => {
      for (const node of [a, b]) await node.clock.tick(50);
      return (await left(redis)) === 0;
    });
    const expected = Array.from({ length: 15 }, (_, n) => `client_event a ${Math.floor(n / 3)} ${n % 3}`);
    expect(told(hook)).to.deep.equal(expected);
  });

  it('are split once, and never by a node that has lost the shard', async () => {
    const { redis, a, b } = await setUp();
    const { appReports } = a.stores;
    const report = { app: '1', address: 'x', hook: 0, channels: ['a', 'b'], acceptedAt: a.clock.now(), body: '{}' };
    for (const request of ['first', 'second']) await appReports.add({ ...report, request });
    a.queues.close();
    await a.gain(1);
    const [whole, next] = await appReports.load();
    if (whole === undefined || next === undefined) throw new Error('expected two reports');
    const parts = ['a', 'b'].map((channel) => ({ ...report, request: channel, channels: [channel] }));
    void a.wire.cutAt(1, 'unanswered');
    const seqs = await appReports.split(whole, parts);
    const loaded = (await appReports.load()).map(({ request, seq }) => [request, seq]);
    expect(loaded).to.deep.equal([
      ['a', seqs?.[0]],
      ['b', seqs?.[1]],
      ['second', next.seq],
    ]);
    b.queues.close();
    await b.gain(2);
    expect(await appReports.split(next, parts)).to.equal(undefined);
    expect(await redis.command('XLEN', keys.hookLog('x'))).to.equal(3);
  });

  it('are dropped with their events above hooks.maxQueued of all nodes together', async () => {
    const redis = await startRedis();
    const hook = await receiver();
    hook.status = 0;
    const app = appOf(hook.url);
    const nodes = [];
    for (const name of ['a', 'b']) nodes.push(await openReporter(redis, name, app, { maxQueued: 3 }));
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    await Promise.all([a.gain(1, ALL_SHARDS.slice(0, SPLIT)), b.gain(1, ALL_SHARDS.slice(SPLIT))]);
    for (let n = 0; n < 20; n += 1) await a.edge('o', `c${n}`);
    await eventually('three are left', async () => (await left(redis)) === 3);
    expect(await stored(redis)).to.equal(3);
    hook.status = 200;
  });
});
