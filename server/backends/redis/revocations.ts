// When the tokens of devices ended, for all nodes.
import type { RevocationStore } from '../../access/device-auth.ts';
import { createListeners } from '../../base/listeners.ts';
import type { RegistryPorts } from './registry.ts';
import { scan } from './scan.ts';
import { scripts } from './scripts.ts';

/** Makes the store. @param key the sorted set of names by time */
export function createRevocationStore(
  { connection, control, logger, keys }: RegistryPorts,
  key: string,
): RevocationStore {
  const changes = createListeners<[name: string, at: number]>((error) =>
    logger.error({ err: error }, 'listener fault'),
  );
  /** What was loaded or told. */
  const known = new Map<string, number>();

  function told(name: string, at: number): void {
    known.set(name, at);
    changes.tell(name, at);
  }

  async function readAll(): Promise<[name: string, at: number][]> {
    const found = await scan(connection.send, 'ZSCAN', key);
    return [...found]
      .map(([name, at]): [string, number] => [name, Number(at)])
      .sort(([, one], [, other]) => one - other);
  }

  control.onEntry(({ kind, name, value }) => {
    if (kind === 'revoked') told(name, Number(value));
  });
  control.onMissed(async () => {
    for (const [name, at] of await readAll()) if (known.get(name) !== at) told(name, at);
  });

  control.onEmptied(async () => {
    for (const [name, at] of known) await connection.send(['ZADD', key, 'GT', String(at), name]);
  });

  return {
    async load() {
      await control.catchUp();
      const found = await readAll();
      for (const [name, at] of found) known.set(name, at);
      return new Map(found);
    },
    async put(name, at, keep) {
      const args = [name, at, at - keep, control.origin];
      const version = Number(await connection.runScript(scripts.revoke, [keys.version, key, keys.control], args));
      if (version > control.version()) await control.catchUp();
    },
    onChange: changes.add,
  };
}
