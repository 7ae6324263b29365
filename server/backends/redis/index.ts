// What one node keeps in Redis so far: the registry and the secrets of its cluster, and how it hears of their changes.
import type { RevocationStore } from '../../access/device-auth.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AppStore } from '../../channel/apps.ts';
import type { DeviceStore } from '../../delivery/ports.ts';
import type { SecretStore } from '../backend.ts';
import { type Cluster, joinCluster } from './cluster.ts';
import type { RedisConfig } from './config.ts';
import { connectRedis, type RedisConnection } from './connection.ts';
import { type ControlLog, openControlLog } from './control-log.ts';
import { createKeys, type Keys } from './keys.ts';
import { createRecordStore } from './registry.ts';
import { createRevocationStore } from './revocations.ts';
import { createSecretStore } from './secrets.ts';
import { checkServer } from './start-checks.ts';

/** What a node needs to open its cluster. */
export interface RedisOptions {
  readonly config: RedisConfig;
  /** Name of this node. */
  readonly node: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The cluster as one node sees it. */
export interface RedisCluster {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly cluster: Cluster;
  readonly control: ControlLog;
  readonly devices: DeviceStore;
  readonly apps: AppStore;
  readonly revocations: RevocationStore;
  readonly secrets: SecretStore;
  close(): Promise<void>;
}

/**
 * Connects to Redis, checks what it promises, and joins the cluster of the prefix.
 * @throws RelayError with one line for the operator
 */
export async function openRedis({ config, node, logger, clock }: RedisOptions): Promise<RedisCluster> {
  const connection = await connectRedis({ config, node, logger, clock });
  try {
    const keys = createKeys(config.prefix);
    await checkServer(connection, config, keys, logger);
    const cluster = await joinCluster(connection, keys);
    const control = await openControlLog(connection, keys, { logger, clock });
    const ports = { connection, control, logger, keys };
    return {
      connection,
      keys,
      cluster,
      control,
      devices: createRecordStore(ports, {
        put: 'device',
        gone: 'gone',
        records: keys.devices,
        removed: keys.removedDevices,
        nameOf: ({ name }) => name,
      }),
      apps: createRecordStore(ports, {
        put: 'app',
        gone: 'appgone',
        records: keys.apps,
        removed: keys.removedApps,
        nameOf: ({ id }) => id,
      }),
      revocations: createRevocationStore(ports, keys.revoked),
      secrets: createSecretStore(connection, keys.secrets),
      async close() {
        control.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
