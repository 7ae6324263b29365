// Nodes of one cluster for tests of single stores: each has its own connection and its own reader of the control log.
import { joinCluster } from '../../../server/backends/redis/cluster.ts';
import type { RedisConfig } from '../../../server/backends/redis/config.ts';
import { openControlLog } from '../../../server/backends/redis/control-log.ts';
import { createKeys, shardOf } from '../../../server/backends/redis/keys.ts';
import { Lease } from '../../../server/backends/redis/lease.ts';
import { createNodes } from '../../../server/backends/redis/nodes.ts';
import { createNotices } from '../../../server/backends/redis/notices.ts';
import { createPatience } from '../../../server/backends/redis/patience.ts';
import type { RegistryPorts } from '../../../server/backends/redis/registry.ts';
import { createShards } from '../../../server/backends/redis/shards.ts';
import { type Clock, systemClock } from '../../../server/base/clock.ts';
import { type Logger, silentLogger } from '../../../server/base/logger.ts';
import { SHARDS } from '../../../server/nodes.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { FIGURES, factsOf } from '../../support/node-facts.ts';
import { connectTo } from '../../support/redis/connect.ts';

export const keys = createKeys('herald');

/** What the stores of one node work with. */
export async function openNode(
  url: string,
  more: Partial<RedisConfig> = {},
  logger: Logger = silentLogger,
): Promise<RegistryPorts> {
  const connection = await connectTo(url, more, logger);
  const cluster = await joinCluster(connection, keys);
  const control = await openControlLog(connection, keys, { cluster, logger, clock: systemClock });
  onCleanup(() => control.close());
  return { connection, control, logger, keys };
}

/** A node with a lease, whose name is announced. */
export async function openPeer(
  url: string,
  name: string,
  more: Partial<RedisConfig> = {},
  logger: Logger = silentLogger,
  clock: Clock = systemClock,
) {
  const connection = await connectTo(url, { lease: 2000, ...more }, logger);
  const notices = createNotices(connection, keys, logger);
  const nodes = createNodes({ connection, keys, logger }, () => shards.owned().length);
  const { report } = nodes;
  const ports = { connection, keys, notices, clock, logger };
  const lease = new Lease({ ...ports, lease: more.lease ?? 2000, report });
  nodes.follow(lease);
  const shards = createShards({ ...ports, lease });
  /** What happened to the shards, in its order. */
  const told: string[] = [];
  const countOf = (isMeant: (device: string) => boolean) => SAMPLES.filter(isMeant).length;
  shards.onGained(async (isMeant) => void told.push(`gained ${countOf(isMeant)}`));
  shards.onLost(async (isMeant) => void told.push(`lost ${countOf(isMeant)}`));
  shards.onResumed(() => void told.push('resumed'));
  await lease.start();
  onCleanup(() => lease.leave().catch(() => {}));
  await nodes.announce(factsOf(name), () => FIGURES);
  // Nobody waits, so that tests see at once what is refused.
  const patience = createPatience(connection, clock, 0);
  return { connection, notices, nodes, lease, shards, patience, told };
}

/** One device for each shard. */
export const SAMPLES: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => {
  for (let n = 0; ; n += 1) if (shardOf(`device ${n}`) === shard) return `device ${n}`;
});
export const samplesOf = (owner: { owns(device: string): boolean }) => SAMPLES.filter((device) => owner.owns(device));
