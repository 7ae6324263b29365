// Whether Redis answers, and keeps what `redis.durability` promises.
import type { RedisConfig } from '../../backends/redis/config.ts';
import { connectRedis } from '../../backends/redis/connection.ts';
import { judge, promiseOf, readFacts } from '../../backends/redis/start-checks.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

/** How long in ms Redis may take to be found. A start waits longer, because Redis may be starting too. */
const PATIENCE = 5000;

/** Asks Redis. */
export async function checkRedis(config: RedisConfig): Promise<Finding[]> {
  const started = performance.now();
  try {
    const connection = await connectRedis({
      config: { ...config, startTimeout: Math.min(config.startTimeout, PATIENCE) },
      node: 'doctor',
      logger: silentLogger,
      clock: systemClock,
    });
    try {
      const facts = await readFacts(connection);
      const found = judge(facts, config).map(({ isRefused, text }) =>
        isRefused
          ? problem('redis', text, 'change redis.conf or redis.durability: the relay does not start like this')
          : warning('redis', text, 'docs/cluster.md says what each durability needs'),
      );
      const took = Math.round(performance.now() - started);
      return [fine('redis', `Redis ${facts.version} answers in ${took} ms: ${promiseOf(facts, config)}`), ...found];
    } finally {
      await connection.close();
    }
  } catch (error) {
    const text = `Redis cannot be used: ${(error as Error).message}`;
    return [problem('redis', text, 'start Redis, or correct the section redis of the config')];
  }
}
