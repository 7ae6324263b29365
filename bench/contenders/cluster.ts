// Relays that share one Redis.
import { existsSync } from 'node:fs';
import { tempDir } from '../support/exit.ts';
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

/** Some nodes with their Redis. */
export class Cluster {
  readonly #redis: Program;
  readonly #options: StartOptions;
  readonly #nodes: Server[] = [];

  private constructor(redis: Program, sections: object) {
    this.#redis = redis;
    const url = `redis://127.0.0.1:${redis.port}`;
    this.#options = { sections: { ...sections, redis: { url } } };
  }

  /** @throws Error with the output of a node that does not start, such as one that knows no `redis` in its config */
  static async start(count: number, sections: object): Promise<Cluster> {
    const cluster = new Cluster(await startRedis(), sections);
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

  async end(): Promise<void> {
    await Promise.all([this.#redis, ...this.#nodes].map((one) => one.end()));
  }
}
