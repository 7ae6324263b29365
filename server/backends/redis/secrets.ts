// The secrets of the cluster. The first node that asks makes one, and all others get the same.
import type { SecretStore } from '../backend.ts';
import type { RedisConnection } from './connection.ts';

/** Makes the store. @param key the hash of the secrets by name */
export function createSecretStore(connection: RedisConnection, key: string): SecretStore {
  return {
    async get(name, make) {
      const found = await connection.send(['HGET', key, name]);
      if (typeof found === 'string') return found;
      const [, made] = await Promise.all([
        connection.send(['HSETNX', key, name, make()]),
        connection.send(['HGET', key, name]),
      ]);
      if (typeof made !== 'string') throw new Error(`the secret ${name} is missing after it was written`);
      return made;
    },
  };
}
