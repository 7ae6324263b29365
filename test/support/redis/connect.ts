// A connection of the Redis backend to a test server.
import { type RedisConfig, redisConfig } from '../../../server/backends/redis/config.ts';
import { connectRedis, type RedisConnection } from '../../../server/backends/redis/connection.ts';
import { systemClock } from '../../../server/base/clock.ts';
import { type Logger, silentLogger } from '../../../server/base/logger.ts';
import { onCleanup } from '../cleanup.ts';

/** The section of the config for a URL. A busy machine may be slow, so only tests of time-outs make them short. */
export function configFor(url: string, more: Partial<RedisConfig> = {}): RedisConfig {
  const config = redisConfig.parse({ url, timeout: 10_000, ...more });
  if (config === undefined) throw new Error('the section is empty');
  return config;
}

/** Connects, until the end of the test. */
export async function connectTo(
  url: string,
  more: Partial<RedisConfig> = {},
  logger: Logger = silentLogger,
): Promise<RedisConnection> {
  const connection = await connectRedis({ config: configFor(url, more), node: 'test', logger, clock: systemClock });
  onCleanup(() => connection.close());
  return connection;
}
