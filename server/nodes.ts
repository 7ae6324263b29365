// Ground floor: the nodes of a relay, and what each of them says of itself. Not here: who does which work; that is the
// ownership of delivery/ports.ts.
import { randomBytes } from 'node:crypto';
import type { RedisInfo } from '../shared/api.ts';
import type { Clock } from './base/clock.ts';

/** Into how many parts the work is divided; each has one owner at a time. Part of the format: it never changes for a cluster. */
export const SHARDS = 64;

/** What a node says once. */
export interface NodeFacts {
  /** For people: from the config, or its host name and port. */
  readonly name: string;
  readonly version: string;
  /** The host at which it is reached, without a port. */
  readonly address: string;
  /** The port of its requests. */
  readonly port: number;
  /** The port of its sockets. */
  readonly socketPort: number;
  /** A digest of the config that has to be the same on all nodes. */
  readonly config: string;
  /** The version of Node, such as `20.19.0`. */
  readonly runtime: string;
  readonly cpus: number;
}

/** What a node counts. It is read again each time. */
export interface NodeFigures {
  /** Open sockets of all dialects. */
  readonly sockets: number;
  /** Open sockets of the apps of each dialect that has any, by the name of the dialect. */
  readonly connections: Readonly<Record<string, number>>;
  /** Deliveries that are not settled and that it has to make. */
  readonly queued: number;
  readonly draining: boolean;
  /** Bytes of memory. */
  readonly memory: number;
  /** How many things keep its event loop alive. */
  readonly handles: number;
}

/** A live node. */
export interface NodeRecord extends NodeFacts, NodeFigures {
  /** Random, another one for each start. */
  readonly id: string;
  /** When it started, and when it was last heard of, in ms since 1970. */
  readonly started: number;
  readonly seen: number;
  /** How many of the {@link SHARDS} it owns. */
  readonly shards: number;
  /** How late its event loop is, in ms. */
  readonly lag: number;
}

/** The live nodes of a relay, this one included. */
export interface Nodes {
  /** The id of this node. */
  readonly self: string;
  /** Says what this node is. Called once, when it listens. @param figures read whenever others may see them */
  announce(facts: NodeFacts, figures: () => NodeFigures): void | Promise<void>;
  /** In the order of their starts. */
  list(): readonly NodeRecord[] | Promise<readonly NodeRecord[]>;
  /** How many there are, as far as this node knows. */
  count(): number;
  /** Calls the listener when another node is there, and when it is gone. */
  onChange(listener: (name: string, isThere: boolean) => void): void;
}

/** What a node counts about the Redis that it shares. */
export interface RedisFigures {
  /** Of the {@link SHARDS}, how many this node owns. */
  readonly shards: number;
  /** Commands under way. */
  readonly pending: number;
  /** Notices from other nodes that came, and that did not. */
  readonly received: number;
  readonly lost: number;
}

/** Is told what happens between a node and Redis. */
export interface RedisObserver {
  /** Redis answered a script. */
  ran(script: string, seconds: number): void;
  /** Events were published, with a notice for each of so many nodes. */
  published(nodes: number): void;
  /** Redis refused a write, because the work belongs to another node by now. */
  fenced(): void;
  /** This node does a shard of one that is dead. @param seconds since the last sign of life of that one */
  tookOver(seconds: number): void;
  /** This node removed a dead one. */
  reaped(): void;
}

/** The Redis that the nodes share, as one of them sees it. */
export interface SharedRedis {
  info(): RedisInfo;
  /** Whether no other node may believe that this one is dead, and its notices reach it. */
  isReachable(): boolean;
  /** Whether this node has had its share of the work since it started. */
  hasShare(): boolean;
  /** Whether this node reports what all nodes have together, so that it is counted once. */
  countsForAll(): boolean;
  figures(): RedisFigures;
  /** Tells one observer from now on. */
  observe(observer: RedisObserver): void;
}

/** Makes the list of a relay with one node. */
export function createSoleNode(clock: Pick<Clock, 'now' | 'monotonic'>): Nodes {
  const id = randomBytes(8).toString('hex');
  const started = clock.now();
  let own: (() => NodeFacts & NodeFigures) | undefined;
  return {
    self: id,
    announce(facts, figures) {
      own = () => ({ ...facts, ...figures() });
    },
    async list() {
      if (own === undefined) return [];
      const asked = clock.monotonic();
      await new Promise((resolve) => setImmediate(resolve));
      const lag = clock.monotonic() - asked;
      return [{ id, started, seen: clock.now(), shards: SHARDS, lag, ...own() }];
    },
    count: () => 1,
    onChange() {},
  };
}
