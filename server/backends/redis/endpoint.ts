// Finds the server to connect to: the one of the URL, the master that the sentinels name, or the node of a Redis Cluster
// that has our keys. It is asked again before each connection, so that no remembered address outlives a failover.
import { readFile } from 'node:fs/promises';
import type { RedisClientOptions } from '@redis/client';
import { errorMessage } from '../../base/errors.ts';
import { createRedisClient } from './client.ts';
import type { RedisConfig } from './config.ts';
import type { HostPort, RedisAddress } from './url.ts';

/** Options for one connection to one server. */
export interface Endpoint {
  readonly options: Pick<RedisClientOptions, 'socket' | 'username' | 'password' | 'database'>;
  /** The server; undefined with a socket file. */
  readonly at: HostPort | undefined;
}

/** What finds the server. */
export interface Locator {
  /** Where to connect now. @throws Error if no one tells, or if a file of the config cannot be read */
  endpoint(): Promise<Endpoint>;
  /** The server to be connected to now; undefined if it is always the same. */
  locate(): Promise<HostPort | undefined>;
}

/** A file of the config cannot be read. Trying again does not help at a start. */
export class FileProblem extends Error {}

async function readPem(key: 'ca' | 'cert' | 'key', { [key]: path }: RedisConfig): Promise<Record<string, Buffer>> {
  if (path === undefined) return {};
  try {
    return { [key]: await readFile(path) };
  } catch (error) {
    throw new FileProblem(`redis.${key}: ${errorMessage(error)}`);
  }
}

/** Makes what finds the server of an address. */
export function createLocator(address: RedisAddress, config: RedisConfig): Locator {
  /** Those to ask. The one that answered last comes first. */
  let known = address.hosts;
  const limits = { connectTimeout: config.timeout, reconnectStrategy: false as const };

  const socketTo = async ({ host, port }: HostPort): Promise<NonNullable<RedisClientOptions['socket']>> => {
    if (!address.tls) return { host, port, ...limits };
    const files = await Promise.all([readPem('ca', config), readPem('cert', config), readPem('key', config)]);
    const { servername } = config;
    return { host, port, tls: true, ...(servername && { servername }), ...Object.assign({}, ...files), ...limits };
  };
  const login = {
    ...(address.user !== undefined && { username: address.user }),
    ...(address.password !== undefined && { password: address.password }),
  };
  const sentinelLogin = {
    ...(config.sentinelUser !== undefined && { username: config.sentinelUser }),
    ...(config.sentinelPassword !== undefined && { password: config.sentinelPassword }),
  };

  /** Connects to one of those who know, for one question. */
  const question = async (asked: HostPort): Promise<HostPort> => {
    const options = {
      socket: await socketTo(asked),
      ...(address.mode === 'sentinel' ? sentinelLogin : login),
      disableClientInfo: true,
      maintNotifications: 'disabled' as const,
    };
    const client = createRedisClient(options, 2);
    client.on('error', () => {});
    // Without it, one that accepts connections and answers nothing would keep us for ever.
    const limit = setTimeout(() => client.destroy(), 2 * config.timeout);
    try {
      await client.connect();
      const ask = (...args: string[]) => client.sendCommand<unknown>(args);
      return address.mode === 'sentinel'
        ? await masterOf(address.master ?? '', ask)
        : await ownerOf(`{${config.prefix}}:`, asked, ask);
    } finally {
      clearTimeout(limit);
      client.destroy();
    }
  };

  const locate = async (): Promise<HostPort> => {
    const failures: unknown[] = [];
    for (const asked of known) {
      try {
        const found = await question(asked);
        known = [asked, ...known.filter((other) => other !== asked)];
        return found;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    const texts = failures.map(errorMessage);
    throw new AggregateError(failures, [...new Set(texts)].join('; '));
  };

  return {
    async endpoint() {
      const { database, path } = address;
      if (path !== undefined) {
        return { options: { socket: { path, tls: false, ...limits }, ...login, database }, at: undefined };
      }
      const at = address.mode === 'single' ? address.hosts[0] : await locate();
      if (at === undefined) throw new Error('the URL of Redis names no host');
      return { options: { socket: await socketTo(at), ...login, database }, at };
    },
    locate: async () => (address.mode === 'single' ? undefined : await locate()),
  };
}

type Ask = (...args: string[]) => Promise<unknown>;

async function masterOf(name: string, ask: Ask): Promise<HostPort> {
  const answer = await ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
  if (!Array.isArray(answer)) throw new Error(`the sentinel knows no master "${name}"`);
  return { host: String(answer[0]), port: Number(answer[1]) };
}

/** The node with the slot of a key. @param asked gives its own host for a node that does not know its address */
async function ownerOf(key: string, asked: HostPort, ask: Ask): Promise<HostPort> {
  const slot = Number(await ask('CLUSTER', 'KEYSLOT', key));
  const ranges = await ask('CLUSTER', 'SLOTS');
  for (const [first, last, owner] of Array.isArray(ranges) ? ranges : []) {
    if (slot < first || slot > last) continue;
    const [host, port] = owner as [host: string | null, port: number];
    return { host: host === null || host === '' ? asked.host : host, port };
  }
  throw new Error('CLUSTERDOWN no node has the slot of our keys');
}
