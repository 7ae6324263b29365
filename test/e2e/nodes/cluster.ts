// Relays that are nodes of one cluster, each in a process of its own, on a real Redis.
import { createKeys, shardOf } from '../../../server/backends/redis/keys.ts';
import { SHARDS } from '../../../server/nodes.ts';
import type { NodeInfo } from '../../../shared/api.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisServer, startRedis } from '../../support/redis/server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type RelayProcess, spawnRelay } from '../relay-process.ts';

/** How long a cluster may take until others do the work of a dead node, in ms; far more than it needs. */
export const TAKEOVER = 45_000;

/** How one node differs from the others. */
export interface NodeOptions {
  /** Where this node finds Redis, such as behind a wire. */
  readonly redis?: string;
  /** The port on which it listens. */
  readonly port?: number;
}

/** What all nodes of a cluster have. */
export interface ClusterOptions {
  readonly config?: Readonly<Record<string, unknown>> & { readonly redis?: object; readonly http?: object };
  readonly env?: NodeJS.ProcessEnv;
}

/** Nodes on one Redis. */
export class Cluster {
  readonly redis: RedisServer;
  readonly #options: ClusterOptions;

  constructor(redis: RedisServer, options: ClusterOptions = {}) {
    this.redis = redis;
    this.#options = options;
  }

  /** Starts a node, which is killed after the test. */
  async start(name: string, options: NodeOptions = {}): Promise<RelayProcess> {
    const { config: { redis = {}, http = {}, ...config } = {}, env = {} } = this.#options;
    const node = await spawnRelay(await tempDir(), {
      config: {
        ...config,
        redis: { url: options.redis ?? this.redis.url(), ...redis },
        node: { name },
        http: { port: options.port ?? 0, ...http },
      },
      env,
    });
    onCleanup(() => node.kill());
    return node;
  }

  /** Starts several at once, and waits until each has a part of the work. */
  async startAll<const N extends readonly string[]>(...names: N): Promise<{ [K in keyof N]: RelayProcess }> {
    const nodes = await Promise.all(names.map((name) => this.start(name)));
    await this.shared(nodes);
    return nodes as { [K in keyof N]: RelayProcess };
  }

  /** Waits until these nodes share all the work, and no other node is left. */
  async shared(nodes: readonly RelayProcess[], limit = TAKEOVER): Promise<void> {
    // A node that was given up for dead has another id soon.
    const look = async () => ({
      ids: await Promise.all(nodes.map(idOf)),
      owners: [...(await this.#owners()).values()],
    });
    await eventually('the nodes share all the work', look, {
      until: ({ ids, owners }) =>
        owners.length === SHARDS &&
        [ids, owners].every((some) => new Set(some).size === nodes.length) &&
        owners.every((owner) => ids.includes(owner)),
      limit,
    });
  }

  /** The owner of each shard; an empty text if nobody has it. */
  async #owners(): Promise<Map<number, string>> {
    const { shards } = createKeys('herald');
    const found = await this.redis.command<Record<string, string>>('HGETALL', shards);
    const owners = Object.entries(found).map(([shard, value]) => [Number(shard), value.split('|')[0] ?? ''] as const);
    return new Map(owners);
  }

  /** A name for a device, whose messages this node delivers. */
  async nameOn(node: RelayProcess, start = 'device'): Promise<string> {
    const [id, owners] = [await idOf(node), await this.#owners()];
    for (let n = 0; n < 100 * SHARDS; n += 1) {
      const name = `${start} ${n}`;
      if (owners.get(shardOf(name)) === id) return name;
    }
    throw new Error('the node has no work');
  }
}

/**
 * Starts a Redis that keeps what it has when it is killed, and makes a cluster on it. With `everysec` it would answer before
 * it writes, for up to two seconds, while the disk is busy.
 */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return new Cluster(await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } }), options);
}

/** The list of nodes, as one of them shows it. */
export async function nodesOf(node: RelayProcess): Promise<readonly NodeInfo[]> {
  const { json } = await node.request('/v1/nodes');
  return json.nodes;
}

/** The id of a node now. A node that the others took for dead has another one. */
export async function idOf(node: RelayProcess): Promise<string> {
  return (await nodesOf(node)).find(({ self }) => self)?.id ?? '';
}
