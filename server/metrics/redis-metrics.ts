// The metrics of a node that shares a Redis with others.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SharedRedis } from '../nodes.ts';

/** In seconds. An answer takes well below a millisecond, unless Redis or the network is slow. */
const COMMAND_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 2.5];
/** In seconds. With the default lease, a takeover takes up to five. */
const TAKEOVER_BUCKETS = [1, 2, 3, 4, 5, 7.5, 10, 30, 60];

/** Adds the metrics to a registry. Counting begins now. */
export function createRedisMetrics(redis: SharedRedis, registry: Registry): { stale(): void } {
  const registers = [registry];
  const counter = (name: string, help: string, read?: () => number) =>
    new Counter({
      name,
      help,
      registers,
      ...(read === undefined
        ? {}
        : {
            collect() {
              this.reset();
              this.inc(read());
            },
          }),
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  gauge('herald_node_shards', 'Parts of the work that this node owns, of 64.', () => redis.figures().shards);
  gauge('herald_redis_up', 'Whether this node is sure of its lease and hears its notices.', () =>
    redis.isReachable() ? 1 : 0,
  );
  gauge('herald_redis_pending', 'Commands under way.', () => redis.figures().pending);
  counter('herald_bus_in_total', 'Notices that came from Redis.', () => redis.figures().received);
  counter('herald_bus_lost_total', 'Notices that were lost on the way.', () => redis.figures().lost);
  const sent = counter('herald_bus_out_total', 'Notices about published events that were sent, one for each node.');
  const fenced = counter('herald_fenced_total', 'Writes that were refused, because another node has the work by now.');
  const takeovers = counter('herald_takeovers_total', 'Parts of the work that were taken over from dead nodes.');
  const reaped = counter('herald_reaped_nodes_total', 'Dead nodes that this node removed.');
  const stale = counter(
    'herald_stale_resolves_total',
    'Devices of a message that were looked up again, because another node had changed them.',
  );
  const commands = new Histogram({
    name: 'herald_redis_command_seconds',
    help: 'How long Redis took to answer, by script.',
    labelNames: ['script'],
    buckets: COMMAND_BUCKETS,
    registers,
  });
  const waits = new Histogram({
    name: 'herald_takeover_seconds',
    help: 'From the last sign of life of a dead node until this one did its work.',
    buckets: TAKEOVER_BUCKETS,
    registers,
  });

  redis.observe({
    ran: (script, seconds) => commands.observe({ script }, seconds),
    published: (nodes) => sent.inc(nodes),
    fenced: () => fenced.inc(),
    tookOver(seconds) {
      takeovers.inc();
      waits.observe(seconds);
    },
    reaped: () => reaped.inc(),
  });
  return { stale: () => stale.inc() };
}
