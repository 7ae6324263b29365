// Whole relays that share one Redis.
import { type World, type WorldOptions, world } from '../../world.ts';
import { startRedis } from './server.ts';

/** A config with the Redis of a URL. A busy machine may be slow, so nothing times out early. */
export function onRedis(url: string, { config, ...options }: WorldOptions = {}): WorldOptions {
  const redis = { url, timeout: 10_000 };
  return { ...options, realTime: true, config: { ...config, redis: { ...redis, ...(config?.['redis'] as object) } } };
}

/** Two relays on a Redis of their own, which are stopped after the test. */
export async function twoWorlds(options: WorldOptions = {}): Promise<readonly [World, World]> {
  const url = (await startRedis({ config: { appendonly: 'yes' } })).url();
  const both = onRedis(url, options);
  return [await world(both), await world(both)];
}
