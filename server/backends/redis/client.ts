// Makes clients of node-redis.
import { RedisClient, type RedisClientOptions, type RedisClientType } from '@redis/client';

/** What one client needs. Its commands are the same for all. */
export type ClientOptions = Omit<RedisClientOptions, 'RESP' | 'modules' | 'functions' | 'scripts'>;

type Make = (options: RedisClientOptions) => RedisClientType;

const makeByVersion = new Map<2 | 3, Make>();

/**
 * Makes a client that is not connected yet. The library's own `createClient` would make another class with hundreds of
 * commands for each client whose options are not those of the last one, which takes 15 ms.
 * @param version of the protocol
 */
export function createRedisClient(options: ClientOptions, version: 2 | 3 = 3): RedisClientType {
  // The version changes the types of the commands, of which we use none: everything goes through `sendCommand`.
  const RESP = version as 3;
  const make = makeByVersion.get(version) ?? (RedisClient.factory({ RESP }) as Make);
  makeByVersion.set(version, make);
  return make({ ...options, RESP });
}
