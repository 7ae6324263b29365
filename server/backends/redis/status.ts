// How this node stands with Redis, for probes, lists and metrics.
import type { RedisObserver, SharedRedis } from '../../nodes.ts';
import type { RedisConfig } from './config.ts';
import type { RedisConnection } from './connection.ts';
import type { Lease } from './lease.ts';
import type { RedisNodes } from './nodes.ts';
import type { Notices } from './notices.ts';
import type { Shards } from './shards.ts';
import { promiseOf, type ServerFacts } from './start-checks.ts';
import { parseRedisUrl } from './url.ts';

/** What the status is read from. */
export interface StatusPorts {
  readonly connection: RedisConnection;
  readonly notices: Notices;
  readonly nodes: RedisNodes;
  readonly lease: Lease;
  readonly shards: Shards;
  readonly config: RedisConfig;
  readonly facts: ServerFacts;
}

/** The owner of this shard reports what all nodes have together. */
const SPOKESMAN = 0;

/** What a script answers if the claim of its caller does not count any more; some have it in a list. */
const FENCED = -1;
/** The scripts that answer how many nodes they have told. */
const PUBLISHING_SCRIPTS = new Set(['publish', 'hand']);
const FENCED_SCRIPTS = new Set(['record', 'report', 'split']);

/** Makes the status. `tookOver` tells it of a shard. */
export function createRedisStatus({ connection, notices, nodes, lease, shards, config, facts }: StatusPorts): {
  readonly shared: SharedRedis;
  tookOver(seconds: number): void;
} {
  const address = parseRedisUrl(config.url);
  const mode = 'problem' in address ? 'single' : address.mode;
  let observer: RedisObserver | undefined;
  nodes.onReaped(() => observer?.reaped());

  const shared: SharedRedis = {
    info: () => ({
      mode,
      version: connection.server.version,
      durability: config.durability,
      promise: promiseOf(facts, config),
      nodes: nodes.count(),
    }),
    isReachable: () => lease.isReady(),
    hasShare: shards.hasShare,
    countsForAll: () => shards.owned().includes(SPOKESMAN),
    figures: () => ({
      shards: shards.owned().length,
      pending: connection.pending,
      received: notices.counts.received,
      lost: notices.counts.lost,
    }),
    observe(its) {
      observer = its;
      connection.observe((script, ms, answer) => {
        its.ran(script, ms / 1000);
        if (PUBLISHING_SCRIPTS.has(script) && typeof answer === 'number' && answer > 0) its.published(answer);
        if (!FENCED_SCRIPTS.has(script)) return;
        for (const one of Array.isArray(answer) ? answer : [answer]) if (one === FENCED) its.fenced();
      });
    },
  };
  return { shared, tookOver: (seconds) => observer?.tookOver(seconds) };
}
