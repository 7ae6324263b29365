// Nodes of one cluster for tests of single stores: each has its own connection and its own reader of the control log.
import type { RedisConfig } from '../../../server/backends/redis/config.ts';
import { openControlLog } from '../../../server/backends/redis/control-log.ts';
import { createKeys } from '../../../server/backends/redis/keys.ts';
import type { RegistryPorts } from '../../../server/backends/redis/registry.ts';
import { systemClock } from '../../../server/base/clock.ts';
import { type Logger, silentLogger } from '../../../server/base/logger.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { connectTo } from '../../support/redis/connect.ts';

export const keys = createKeys('herald');

/** What the stores of one node work with. */
export async function openNode(
  url: string,
  more: Partial<RedisConfig> = {},
  logger: Logger = silentLogger,
): Promise<RegistryPorts> {
  const connection = await connectTo(url, more, logger);
  const control = await openControlLog(connection, keys, { logger, clock: systemClock });
  onCleanup(() => control.close());
  return { connection, control, logger, keys };
}
