// Nodes that tell an app about its channels, each with the fault wire of its own. A test decides which node owns the shards,
// so that a takeover needs no lease to end.

import { type HooksConfig, hooksConfig } from '../../../server/app-webhooks/config.ts';
import type { EventReport } from '../../../server/app-webhooks/event-report.ts';
import { createWebhookQueues } from '../../../server/app-webhooks/queues.ts';
import { newReport } from '../../../server/app-webhooks/request.ts';
import { createSharedReports } from '../../../server/app-webhooks/shared-reports.ts';
import { channelShard, shardOf } from '../../../server/backends/redis/keys.ts';
import { createNotices } from '../../../server/backends/redis/notices.ts';
import { createRedisReports } from '../../../server/backends/redis/reports/index.ts';
import { createScript, partText } from '../../../server/backends/redis/scripts.ts';
import type { Shards } from '../../../server/backends/redis/shards.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import type { App } from '../../../server/channel/app.ts';
import { createApps } from '../../../server/channel/apps.ts';
import type { Ownership } from '../../../server/delivery/ports.ts';
import { SHARDS } from '../../../server/nodes.ts';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { connectTo } from '../../support/redis/connect.ts';
import type { RedisServer } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { keys } from './peers.ts';

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

type Listener = (isMeant: (name: string) => boolean) => Promise<void>;

/** The shards of a node, which a test gives and takes. */
function manualShards(node: string, command: RedisServer['command']) {
  const claims = new Map<number, string>();
  const gainers: Listener[] = [];
  const losers: Listener[] = [];
  const tell = async (listeners: readonly Listener[], shards: readonly number[]) => {
    await Promise.all(listeners.map((listener) => listener((name) => shards.includes(shardOf(name)))));
  };
  const shards: Ownership & Pick<Shards, 'owned' | 'claimOn'> = {
    isShared: true,
    owns: (name) => claims.has(shardOf(name)),
    mayBegin: () => true,
    onGained: (listener) => void gainers.push(listener),
    onLost: (listener) => void losers.push(listener),
    onResumed() {},
    onMissed() {},
    owned: () => [...claims.keys()],
    claimOn: (shard) => claims.get(shard),
  };
  return {
    shards,
    /** Redis says that the node owns shards, and the node knows. */
    async gain(fence: number, some = ALL_SHARDS): Promise<void> {
      const claim = `${node}|${fence}`;
      await command('HSET', keys.shards, ...some.flatMap((shard) => [String(shard), claim]));
      for (const shard of some) claims.set(shard, claim);
      await tell(gainers, some);
    },
    /** The node hands shards over. */
    async lose(some = ALL_SHARDS): Promise<void> {
      for (const shard of some) claims.delete(shard);
      await tell(losers, some);
    },
  };
}

const EDGE = createScript(
  'edge',
  `-- @use owner
-- @use notice
-- @use notify
-- @use edge
edge(KEYS[1], KEYS[2], ARGV[1], KEYS[3], unpack(ARGV, 2))`,
  partText,
);

/** Opens a node that knows one app. */
export async function openReporter(redis: RedisServer, node: string, app: App, config: Partial<HooksConfig> = {}) {
  const wire = await layWire(redis.port);
  const connection = await connectTo(redis.url(wire.port));
  const clock = fakeClock();
  const logger = silentLogger;
  const { shards, gain, lose } = manualShards(node, redis.command);
  const notices = createNotices(connection, keys, logger);
  await connection.send(['HSET', keys.noticeNumbers, node, '0']);
  await notices.listen(node);
  const hooks = { ...hooksConfig.parse({}), ...config };
  const stores = createRedisReports({ connection, keys, notices, shards, clock, logger, ...hooks });
  const apps = createApps([app]);
  const client = createOutbound({ clock, maxSockets: 64 }).client({ timeout: 10_000 });
  const knowsAllApps = async () => true;
  const queues = createWebhookQueues({
    config: hooks,
    store: stores.appReports,
    ownership: shards,
    apps,
    knowsAllApps,
    client,
    clock,
    logger,
    random: () => 0.5,
  });
  const reports = createSharedReports({
    returnTimeout: 70_000,
    clock,
    logger,
    apps,
    events: stores.appEvents,
    knowsAllApps,
    format: (_app, event: EventReport) => event,
    newReport: (owner, hook, events) => newReport(owner, hook, events, clock.now()),
  });
  onCleanup(async () => {
    stores.close();
    await reports.close();
    queues.close();
    client.close();
  });
  await queues.load();
  return {
    wire,
    connection,
    clock,
    stores,
    queues,
    reports,
    gain,
    lose,
    /** Adds an edge as the scripts of occupancy do: o, v, a, r or n. */
    async edge(kind: string, channel: string, user = '', detail = ''): Promise<void> {
      const shard = channelShard(app.id, channel);
      await connection.runScript(
        EDGE,
        [keys.shards, keys.noticeNumbers, keys.edges(shard)],
        [keys.notices(''), shard, kind, app.id, channel, user, detail],
      );
    },
  };
}
