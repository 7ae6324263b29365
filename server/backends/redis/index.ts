// The Redis backend: equal nodes that keep everything durable in one Redis, and share the work.

import { randomBytes } from 'node:crypto';
import type { HooksConfig } from '../../app-webhooks/config.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { tooManyDevices } from '../../delivery/devices.ts';
import { createMessageIds } from '../../delivery/message-id.ts';
import type { Backend } from '../backend.ts';
import { createRedisChannels } from './channels/index.ts';
import { joinCluster } from './cluster.ts';
import type { RedisConfig } from './config.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { openControlLog } from './control-log.ts';
import { createRedisDocuments } from './documents.ts';
import { createReadForeign } from './foreign.ts';
import { createRedisGuards } from './guards/index.ts';
import { createKeys, keysOfDevice } from './keys.ts';
import { Lease } from './lease.ts';
import { createRedisLog } from './log/message-log.ts';
import { createRedisNameHolders } from './name-holders.ts';
import { createNodes } from './nodes.ts';
import { createNotices } from './notices.ts';
import { createPatience } from './patience.ts';
import { createRecordStore } from './registry.ts';
import { createRedisReports } from './reports/index.ts';
import { createRevocationStore } from './revocations.ts';
import { createSecretStore } from './secrets.ts';
import { createShards } from './shards.ts';
import { checkServer } from './start-checks.ts';
import { createRedisStatus } from './status.ts';
import { createTakeovers } from './takeovers.ts';
import { createTokenAgreement } from './token.ts';

/** Options of the Redis backend. */
export interface RedisOptions {
  readonly config: RedisConfig;
  /** Name of this node, which `CLIENT LIST` shows. */
  readonly node: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** `storage.ttl` in ms. */
  readonly messageTtl: number;
  /** `storage.historyTtl`. */
  readonly historyTtl: number;
  /** `storage.maxFeeds`. */
  readonly maxFeeds: number;
  /** `storage.maxQueued`. */
  readonly maxQueued: number;
  /** `storage.maxDevices`. */
  readonly maxDevices: number;
  readonly hooks: Pick<HooksConfig, 'maxQueued' | 'maxQueuedBytes'>;
}

/**
 * Connects to Redis, checks what it promises, and joins the cluster of the prefix.
 * @throws RelayError with one line for the operator
 */
export async function openRedis(options: RedisOptions): Promise<Backend> {
  const connection = await connectRedis(options);
  const stops: (() => void)[] = [];
  try {
    return await openOn(connection, options, (stop) => stops.push(stop));
  } catch (error) {
    for (const stop of stops) stop();
    await connection.close();
    throw error;
  }
}

async function openOn(
  connection: RedisConnection,
  { config, node, logger, clock, messageTtl, historyTtl, maxFeeds, maxQueued, maxDevices, hooks }: RedisOptions,
  onFailure: (stop: () => void) => void,
): Promise<Backend> {
  const keys = createKeys(config.prefix);
  const facts = await checkServer(connection, config, keys, logger);
  const cluster = await joinCluster(connection, keys);
  const control = await openControlLog(connection, keys, { cluster, logger, clock });
  onFailure(control.close);
  const registry = { connection, control, logger, keys };
  const secrets = createSecretStore(registry);
  const messageIds = createMessageIds(await secrets.get('messageIdKey', () => randomBytes(32).toString('base64url')));

  const notices = createNotices(connection, keys, logger);
  const nodes = createNodes(
    { connection, keys, logger },
    () => shards.owned().length,
    async (dead, wasOutage) => {
      if (!(await channels.reap(dead, wasOutage))) return false;
      await nameHolders.reap(dead);
      return true;
    },
  );
  const lease = new Lease({ connection, keys, notices, clock, logger, lease: config.lease, report: nodes.report });
  onFailure(() => lease.stop());
  nodes.follow(lease);
  const takeovers = createTakeovers({
    clock,
    lease: config.lease,
    self: () => lease.self,
    tell: (seconds) => redis.tookOver(seconds),
  });
  lease.onView(takeovers.saw);
  const shards = createShards({ connection, keys, notices, lease, clock, logger, onClaimed: takeovers.claimed });
  const redis = createRedisStatus({ connection, notices, nodes, lease, shards, config, facts });
  const { log, mail } = createRedisLog(
    {
      connection,
      keys,
      node: { id: () => lease.self, shards: shards.owned, claimOn: shards.claimOn },
      idOf: messageIds.idOf,
      clock,
      logger,
      ttl: messageTtl,
      historyTtl,
      maxFeeds,
      maxQueued,
      maxKept: config.maxPending,
      hasOthers: () => nodes.count() > 1,
    },
    notices,
  );
  const patience = createPatience(connection, clock, config.joinTimeout);
  onFailure(patience.close);
  const channels = createRedisChannels({
    connection,
    keys,
    notices,
    control,
    node: { id: () => lease.self, owns: shards.owns },
    patience,
    clock,
    logger,
  });
  onFailure(channels.close);
  shards.onGaining(channels.gained);
  shards.onLost(async (isMeant) => channels.lost(isMeant));
  lease.onResumed(channels.resync);
  const nameHolders = createRedisNameHolders({ connection, keys, notices, lease, patience, logger });
  const reports = createRedisReports({ connection, keys, notices, shards, clock, logger, ...hooks });
  onFailure(reports.close);
  notices.onLost(shards.reread);
  await lease.start();

  let draining: Promise<void> | undefined;
  async function handOver(): Promise<void> {
    nodes.drain();
    try {
      await lease.beat();
      await shards.drain();
    } catch (error) {
      logger.warn({ err: error }, 'Redis is away; the other nodes take over when the lease of this one has ended');
    }
  }
  const drain = () => {
    draining ??= handOver();
    return draining;
  };

  return {
    devices: createRecordStore(registry, {
      put: 'device',
      gone: 'gone',
      records: keys.devices,
      removed: keys.removedDevices,
      // Each node counts before it adds one; this is for those that do so at the same moment. A renamed device is there twice.
      most: { records: maxDevices + 1, text: tooManyDevices(maxDevices) },
      nameOf: ({ name }) => name,
      ownedBy: (name) => keysOfDevice(keys, name),
    }),
    apps: createRecordStore(registry, {
      put: 'app',
      gone: 'appgone',
      records: keys.apps,
      removed: keys.removedApps,
      nameOf: ({ id }) => id,
    }),
    keys: createRecordStore(registry, {
      put: 'key',
      gone: 'keygone',
      records: keys.senders,
      removed: keys.removedSenders,
      nameOf: ({ name }) => name,
    }),
    revocations: { ...createRevocationStore(registry, keys.revoked), time: () => lease.time() },
    secrets,
    messageIds,
    log,
    times: undefined,
    documents: createRedisDocuments({ connection, keys, notices, node: lease, logger }),
    mail: { ...mail, onUnheard: channels.onUnheard },
    ownership: shards,
    nodes,
    redis: redis.shared,
    appReports: reports.appReports,
    appEvents: reports.appEvents,
    pendingLeaves: undefined,
    bus: channels.bus,
    guards: createRedisGuards({ connection, keys, control, lease, patience, clock, logger }),
    nameHolders,
    occupancy: channels.occupancy,
    users: channels.users,
    terminations: channels.terminations,
    readForeign: createReadForeign(connection, keys),
    agreeOnToken: createTokenAgreement({ connection, control, keys, name: node, id: () => lease.self }),
    async check() {},
    health: () => ({ status: 'unchecked', unreadable: 0 }),
    drain,
    async close() {
      await drain();
      await lease
        .leave()
        .catch((error) => logger.debug({ err: error }, 'the record of this node stays until its lease ends'));
      lease.stop();
      patience.close();
      channels.close();
      reports.close();
      control.close();
      await connection.close();
    },
  };
}
