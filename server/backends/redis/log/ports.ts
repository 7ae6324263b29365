// What the message log in Redis works with.
import type { Logger } from '../../../base/logger.ts';
import type { IdOf } from '../../../delivery/message.ts';
import type { RedisConnection } from '../connection.ts';
import type { Keys } from '../keys.ts';

/** The node that a log belongs to. */
export interface LogNode {
  /** Its id now. A node that was given up by the others takes a new one. */
  id(): string;
  /** The shards that it owns. */
  shards(): readonly number[];
  /** Its claim on a shard, `<node>|<fence>`; undefined if it does not own the shard. */
  claimOn(shard: number): string | undefined;
}

/** What the log works with. */
export interface LogPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly node: LogNode;
  readonly idOf: IdOf;
  readonly logger: Logger;
  /** How long the relay tries to deliver a message, in ms. */
  readonly ttl: number;
  /** How long messages are kept, in ms. */
  readonly historyTtl: number;
  /** The most feeds. */
  readonly maxFeeds: number;
  /** The most unsettled deliveries of one device. */
  readonly maxQueued: number;
  /** The most acknowledgements that are kept while Redis is away. */
  readonly maxKept: number;
}
