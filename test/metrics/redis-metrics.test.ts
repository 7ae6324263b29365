import { expect } from 'chai';
import { createMetrics } from '../../server/metrics/metrics.ts';
import type { RedisObserver, SharedRedis } from '../../server/nodes.ts';

describe('the metrics of a node on Redis', () => {
  let observer: RedisObserver | undefined;
  let figures = { shards: 0, pending: 0, received: 0, lost: 0 };
  let isReachable = true;
  const redis: SharedRedis = {
    info: () => ({ mode: 'single', version: '7.0.15', durability: 'second', promise: '', nodes: 1 }),
    isReachable: () => isReachable,
    hasShare: () => true,
    countsForAll: () => true,
    figures: () => figures,
    observe(its) {
      observer = its;
    },
  };
  const sources = { sockets: () => 0, apps: async () => [], queued: () => 0, nodes: () => 2 };
  const lines = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.text()).split('\n');

  it('read what the node counts at each scrape', async () => {
    const metrics = createMetrics({ ...sources, redis });
    figures = { shards: 32, pending: 3, received: 7, lost: 1 };
    expect(await lines(metrics)).to.include.members([
      'herald_nodes 2',
      'herald_node_shards 32',
      'herald_redis_up 1',
      'herald_redis_pending 3',
      'herald_bus_in_total 7',
      'herald_bus_lost_total 1',
    ]);
    figures = { ...figures, received: 9 };
    isReachable = false;
    expect(await lines(metrics)).to.include.members(['herald_bus_in_total 9', 'herald_redis_up 0']);
  });

  it('count what happens, from zero', async () => {
    const metrics = createMetrics({ ...sources, redis });
    const names = ['fenced', 'takeovers', 'reaped_nodes', 'stale_resolves'].map((name) => `herald_${name}_total`);
    expect(await lines(metrics)).to.include.members(names.map((name) => `${name} 0`));
    observer?.published(2);
    observer?.fenced();
    observer?.tookOver(4.2);
    observer?.reaped();
    metrics.stale();
    observer?.ran('append', 0.0007);
    expect(await lines(metrics)).to.include.members([
      ...names.map((name) => `${name} 1`),
      'herald_bus_out_total 2',
      'herald_takeover_seconds_bucket{le="4"} 0',
      'herald_takeover_seconds_bucket{le="5"} 1',
      'herald_redis_command_seconds_bucket{le="0.001",script="append"} 1',
    ]);
  });

  it('are not there without Redis', async () => {
    const metrics = createMetrics({ ...sources, redis: undefined });
    metrics.stale();
    expect(await metrics.text()).to.not.match(/herald_(?:redis|bus|node_shards|fenced|takeover|reaped|stale)/);
  });
});
