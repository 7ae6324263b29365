// The secrets of the cluster. The first node that asks makes one, and all others get the same.
import { createListeners } from '../../base/listeners.ts';
import type { SecretStore } from '../backend.ts';
import type { RedisPlace } from './archive.ts';
import { connectRedis } from './connection.ts';
import { createKeys, type Keys } from './keys.ts';
import type { RegistryPorts } from './registry.ts';
import { scripts } from './scripts.ts';

/** What the store works with. */
export type SecretPorts = Pick<RegistryPorts, 'connection' | 'logger'> & {
  readonly control: Pick<RegistryPorts['control'], 'onEmptied' | 'onEntry' | 'onMissed'>;
  readonly keys: Pick<Keys, 'secrets' | 'control'>;
};

/** Makes the store. */
export function createSecretStore({ connection, control, logger, keys }: SecretPorts): SecretStore {
  /** Secrets that were asked for. */
  const known = new Map<string, Promise<string>>();
  const replaced = createListeners<[]>((error) => logger.error({ err: error }, 'listener fault'));

  async function read(name: string): Promise<string | undefined> {
    const found = await connection.send(['HGET', keys.secrets, name]);
    return typeof found === 'string' ? found : undefined;
  }

  async function find(name: string, make: () => string): Promise<string> {
    const found = await read(name);
    if (found !== undefined) return found;
    await connection.send(['HSETNX', keys.secrets, name, make()]);
    const made = await read(name);
    if (made === undefined) throw new Error(`the secret ${name} is missing after it was written`);
    return made;
  }

  function remember(name: string, secret: Promise<string>): Promise<string> {
    known.set(name, secret);
    secret.catch(() => known.delete(name));
    return secret;
  }

  /** Reads them again, so that a Redis that loses its data gets the newer ones. */
  async function readAgain(): Promise<void> {
    for (const name of known.keys()) {
      const found = await read(name);
      if (found !== undefined) known.set(name, Promise.resolve(found));
    }
    replaced.tell();
  }

  control.onEntry(({ kind }) => {
    if (kind !== 'secrets') return;
    readAgain().catch((error: unknown) => logger.warn({ err: error }, 'replaced secrets are not read yet'));
  });
  control.onMissed(readAgain);
  control.onEmptied(async () => {
    for (const [name, secret] of known) await connection.send(['HSETNX', keys.secrets, name, await secret]);
  });

  return {
    get: (name, make) => known.get(name) ?? remember(name, find(name, make)),
    async find(name) {
      const found = await read(name);
      if (found !== undefined) void remember(name, Promise.resolve(found));
      return found;
    },
    async replace(name, from, changes) {
      const pairs = Object.entries(changes).flat();
      const stored = await connection.runScript(scripts.replace, [keys.secrets, keys.control], [name, from, ...pairs]);
      // The script may have run twice, because the connection was lost before its answer came.
      return stored === 1 || (Object.hasOwn(changes, name) && (await read(name)) === changes[name]);
    },
    onReplaced: replaced.add,
  };
}

/** Reads one secret of a cluster, also while its nodes run. @throws RelayError if Redis cannot be used */
export async function readRedisSecret(place: RedisPlace, name: string): Promise<string | undefined> {
  const connection = await connectRedis({ ...place, node: 'secrets' });
  try {
    const found = await connection.send(['HGET', createKeys(place.config.prefix).secrets, name]);
    return typeof found === 'string' ? found : undefined;
  } finally {
    await connection.close();
  }
}
