// The secrets of the cluster. The first node that asks makes one, and all others get the same.
import type { SecretStore } from '../backend.ts';
import type { RedisConnection } from './connection.ts';
import type { ControlLog } from './control-log.ts';

/** Makes the store. @param key the hash of the secrets by name */
export function createSecretStore(
  connection: RedisConnection,
  control: Pick<ControlLog, 'onEmptied'>,
  key: string,
): SecretStore {
  /** Secrets that were asked for. They never change. */
  const known = new Map<string, Promise<string>>();

  async function find(name: string, make: () => string): Promise<string> {
    const found = await connection.send(['HGET', key, name]);
    if (typeof found === 'string') return found;
    const [, made] = await Promise.all([
      connection.send(['HSETNX', key, name, make()]),
      connection.send(['HGET', key, name]),
    ]);
    if (typeof made !== 'string') throw new Error(`the secret ${name} is missing after it was written`);
    return made;
  }

  control.onEmptied(async () => {
    for (const [name, secret] of known) await connection.send(['HSETNX', key, name, await secret]);
  });

  return {
    get(name, make) {
      const asked = known.get(name) ?? find(name, make);
      known.set(name, asked);
      asked.catch(() => known.delete(name));
      return asked;
    },
  };
}
