// Relays that share one Redis.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type RedisClientType } from '@redis/client';
import { SHARDS } from '../../server/nodes.ts';
import type { NodeList } from '../../shared/api.ts';
import { tempDir } from '../support/exit.ts';
import { TOKEN } from '../support/message.ts';
import { freePort, Program } from '../support/program.ts';
import { UsageError } from '../support/usage-error.ts';
import type { Server, StartOptions } from './contender.ts';
import { relay } from './relay.ts';

/** Where Debian's package puts it. */
const REDIS = '/usr/bin/redis-server';

/** A Redis of its own, which promises what the relay's default asks for: a flush each second. */
async function startRedis(): Promise<Program> {
  if (!existsSync(REDIS)) throw new UsageError(`no ${REDIS}: apt-get install redis-server`);
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir: tempDir(), save: '', appendonly: 'yes', appendfsync: 'everysec' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return Program.start(REDIS, args, { port, path: '/' });
}

/** Between two looks at the nodes, in ms. */
const PAUSE = 100;

async function workOf(port: number): Promise<NodeList['nodes']> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/nodes`, { headers: { authorization: TOKEN } });
  return ((await response.json()) as NodeList).nodes;
}

/** Some nodes with their Redis. */
export class Cluster {
  readonly #redis: Program;
  /** Asks Redis what it has done. */
  readonly #client: RedisClientType;
  readonly #options: StartOptions;
  readonly #nodes: Server[] = [];

  private constructor(
    redis: Program,
    client: RedisClientType,
    url: string,
    sections: Readonly<Record<string, object>>,
  ) {
    this.#redis = redis;
    this.#client = client;
    this.#options = { sections: { ...sections, redis: { url } } };
  }

  /** @throws Error with the output of a node that does not start, such as one that knows no `redis` in its config */
  static async start(count: number, sections: Readonly<Record<string, object>>): Promise<Cluster> {
    const redis = await startRedis();
    const url = `redis://127.0.0.1:${redis.port}`;
    const client: RedisClientType = createClient({ url });
    client.on('error', () => {});
    await client.connect();
    const cluster = new Cluster(redis, client, url, sections);
    while (cluster.#nodes.length < count) await cluster.add();
    return cluster;
  }

  /** The port of each node, the oldest first. */
  get ports(): number[] {
    return this.#nodes.map(({ port }) => port);
  }

  /** Starts one more node. */
  async add(): Promise<void> {
    this.#nodes.push(await relay.start(this.#options));
  }

  /** Ends the youngest node, by a signal that it cannot see or as an operator does. */
  async remove(how: 'end' | 'close'): Promise<void> {
    await this.#nodes.pop()?.[how]();
  }

  /** CPU time of all nodes so far, in µs. */
  async cpu(): Promise<number> {
    const times = await Promise.all(this.#nodes.map((node) => node.cpu()));
    return times.reduce((sum, time) => sum + time, 0);
  }

  /** CPU time of Redis so far, in µs. */
  redisCpu(): Promise<number> {
    return this.#redis.cpu();
  }

  /** Notices that Redis has published so far. */
  async notices(): Promise<number> {
    const stats = String(await this.#client.sendCommand(['INFO', 'commandstats']));
    return Number(/^cmdstat_publish:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
  }

  /** Resolves when each node has its share of the work, and knows the others. */
  async settled(): Promise<void> {
    for (;;) {
      // A node that was just started may have the port of one that was killed, to which a connection is still kept.
      const nodes = await Promise.all(this.ports.map((port) => workOf(port).catch(() => [])));
      const shards = nodes.map((all) => all.find(({ self }) => self)?.shards ?? 0);
      const isKnown = nodes.every((all) => all.length === this.#nodes.length);
      if (isKnown && shards.every((count) => count > 0) && shards.reduce((sum, one) => sum + one, 0) === SHARDS) return;
      await sleep(PAUSE);
    }
  }

  async end(): Promise<void> {
    this.#client.destroy();
    await Promise.all([this.#redis, ...this.#nodes].map((one) => one.end()));
  }
}
