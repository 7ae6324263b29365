// The two documents of the data directory: registry.json (devices, apps, keys and ended tokens) and keys.json (generated
// secrets).

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { KeySettings, KeyUseFields } from '../../../shared/api.ts';
import { isObject } from '../../../shared/object.ts';
import type { Mute, QuietHours } from '../../../shared/quiet.ts';
import type { RevocationStore } from '../../access/device-auth.ts';
import type { KeyStore } from '../../access/key-record.ts';
import { createListeners, type Listeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { Change, Stored, VersionedStore } from '../../base/versioned-store.ts';
import type { AppStore } from '../../channel/apps.ts';
import type { DeviceStore } from '../../delivery/ports.ts';
import type { SecretStore } from '../backend.ts';
import { type JsonStore, openJsonStore } from './json-file.ts';

/**
 * An object from names to values, exactly as `JSON.parse` returns it. There, `__proto__` is an ordinary key; a copy of
 * the object would lose it.
 */
function dictionary<V>(isValue: (value: unknown) => value is V, expected: string) {
  return z.custom<Readonly<Record<string, V>>>(
    (value) => isObject(value) && Object.values(value).every(isValue),
    `expected an object of ${expected}`,
  );
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isAnything = (_value: unknown): _value is unknown => true;

const deviceSchema = z.strictObject({
  name: z.string(),
  groups: z.array(z.string()).readonly(),
  routes: dictionary(isAnything, 'routes'),
  secured: z.boolean(),
  createdAt: z.number(),
  pairedBy: z.string().exactOptional(),
  manage: z.string().exactOptional(),
  quiet: z.union([z.literal(false), z.custom<QuietHours>(isObject)], 'expected quiet hours').exactOptional(),
  mutes: z.array(z.custom<Mute>(isObject, 'expected mutes')).readonly().exactOptional(),
});

const appSchema = z.strictObject({ id: z.string(), dialect: z.string(), settings: z.unknown() });

const keySchema = z.strictObject({
  name: z.string(),
  number: z.int(),
  createdAt: z.number(),
  texts: z.array(z.strictObject({ sha256: z.string(), until: z.number().exactOptional() })).readonly(),
  settings: z.custom<KeySettings>(isObject, 'expected the settings of a key').exactOptional(),
  usage: z
    .strictObject({
      at: z.number(),
      address: z.string(),
      dialect: z.string(),
      title: z.string(),
      template: z.string().optional(),
      fields: z.custom<KeyUseFields>(isObject, 'expected what a message says').optional(),
      sent: z.number(),
      refused: z.number(),
      limited: z.number(),
    })
    .exactOptional(),
});

/** registry.json */
export const registrySchema = z.strictObject({
  version: z.literal(1),
  devices: z.array(deviceSchema).readonly(),
  // Absent in files of versions that did not store apps or keys.
  apps: z.array(appSchema).readonly().default([]),
  keys: z.array(keySchema).readonly().default([]),
  revoked: dictionary(isTime, 'times in ms'),
});

/** keys.json */
export const keysSchema = z.strictObject({
  version: z.literal(1),
  secrets: dictionary(isText, 'texts'),
});

/** The content of registry.json. */
export type Registry = z.infer<typeof registrySchema>;

/** What both documents have in common. */
type Document = Pick<JsonStore<object>, 'establish' | 'close'>;

/** Names of the two documents in the data directory. */
export const REGISTRY_FILE = 'registry.json';
export const KEYS_FILE = 'keys.json';

/**
 * The list with a value in place of the one that `isSame` finds, or else at its end; the same list if nothing changes.
 */
function replaced<T>(list: readonly T[], value: T, isSame: (other: T) => boolean): readonly T[] {
  const at = list.findIndex(isSame);
  if (at === -1) return [...list, value];
  return isDeepStrictEqual(list[at], value) ? list : list.with(at, value);
}

/**
 * One list of the registry as a store. No other process changes the file, so no change conflicts. The version counts the
 * changes of this run.
 */
function listStore<K extends 'devices' | 'apps' | 'keys'>(
  store: JsonStore<Registry>,
  key: K,
  nameOf: (record: Registry[K][number]) => string,
  logger: Logger,
): VersionedStore<Registry[K][number]> {
  type Record = Registry[K][number];
  const { add: onChange, tell } = changesOf<[Change<Record>]>(logger);
  let version = 0;

  async function change(edit: (list: readonly Record[]) => readonly Record[], told: Change<Record>): Promise<Stored> {
    await store.change((registry) => {
      const before: readonly Record[] = registry[key];
      const after = edit(before);
      return after === before ? registry : { ...registry, [key]: after };
    });
    version += 1;
    tell(told);
    return 'stored';
  }

  return {
    load: async () => [...store.current()[key]],
    put(record, _seen, replaces = false) {
      const kept: Record = JSON.parse(JSON.stringify(record));
      const name = nameOf(kept);
      return change((list) => replaced(list, kept, (other) => nameOf(other) === name), {
        name,
        record,
        own: true,
        replaces,
      });
    },
    remove(name) {
      const told = { name, record: undefined, own: true, replaces: false };
      return change((list) => {
        const rest = list.filter((other) => nameOf(other) !== name);
        return rest.length === list.length ? list : rest;
      }, told);
    },
    version: () => version,
    catchUp: async () => {},
    onChange,
  };
}

function revocationStore(store: JsonStore<Registry>, logger: Logger): RevocationStore {
  const { add: onChange, tell } = changesOf<[name: string, at: number]>(logger);
  return {
    load: async () => new Map(Object.entries(store.current().revoked)),
    async put(name, at, keep) {
      await store.change((registry) => {
        const kept = Object.entries(registry.revoked).filter(([other, time]) => other !== name && time >= at - keep);
        return { ...registry, revoked: Object.fromEntries([...kept, [name, at]]) };
      });
      tell(name, at);
    },
    onChange,
  };
}

/** The listeners of one store. */
function changesOf<News extends unknown[]>(logger: Logger): Listeners<News> {
  return createListeners<News>((error) => logger.error({ err: error }, 'listener fault'));
}

/**
 * Opens registry.json.
 * @throws DataError if neither it nor its `.bak` can be read, or it has not the shape of this version
 */
export async function openRegistry(
  dir: string,
  logger: Logger,
): Promise<{ devices: DeviceStore; apps: AppStore; keys: KeyStore; revocations: RevocationStore } & Document> {
  const store = await openJsonStore<Registry>({
    file: join(dir, REGISTRY_FILE),
    schema: registrySchema,
    empty: { version: 1, devices: [], apps: [], keys: [], revoked: {} },
    logger,
  });
  return {
    devices: listStore(store, 'devices', ({ name }) => name, logger),
    apps: listStore(store, 'apps', ({ id }) => id, logger),
    keys: listStore(store, 'keys', ({ name }) => name, logger),
    revocations: revocationStore(store, logger),
    establish: store.establish,
    close: store.close,
  };
}

/**
 * Opens keys.json. It is a file of its own because people edit the registry, and a lost signing key would lock out
 * every device.
 * @throws DataError if neither it nor its `.bak` can be read, or it has not the shape of this version
 */
export async function openSecrets(dir: string, logger: Logger): Promise<SecretStore & Document> {
  const store = await openJsonStore<z.infer<typeof keysSchema>>({
    file: join(dir, KEYS_FILE),
    schema: keysSchema,
    empty: { version: 1, secrets: {} },
    logger,
  });
  const find = (name: string) => {
    const { secrets } = store.current();
    return Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  };
  const replaced = createListeners<[]>((error) => logger.error({ err: error }, 'listener fault'));
  return {
    async get(name, make) {
      await store.change((keys) => {
        if (Object.hasOwn(keys.secrets, name)) return keys;
        const entries = [...Object.entries(keys.secrets), [name, make()]];
        return { ...keys, secrets: Object.fromEntries(entries) };
      });
      const secret = find(name);
      if (secret === undefined) throw new Error(`the secret ${name} is missing after it was written`);
      return secret;
    },
    async find(name) {
      return find(name);
    },
    async replace(name, from, changes) {
      let isStill = false;
      await store.change((keys) => {
        isStill = Object.hasOwn(keys.secrets, name) && keys.secrets[name] === from;
        const all = [...Object.entries(keys.secrets), ...Object.entries(changes)];
        return isStill ? { ...keys, secrets: Object.fromEntries(all) } : keys;
      });
      if (isStill) replaced.tell();
      return isStill;
    },
    onReplaced: replaced.add,
    establish: store.establish,
    close: store.close,
  };
}

/** The mark of a name that is kept for the owner, see access/device-auth.ts. */
const ownerOnly = (name: string): string => `owner-only/${name}`;

/**
 * A registry in which older tokens of its devices have ended: those up to `before` or, if that is absent, those up to
 * the newest removal that it or a later registry knows.
 * @param later a registry of the same relay that was written after this one
 * @returns `before` is undefined if there is nothing to end
 */
export function endTokens(
  registry: Registry,
  later: Registry | undefined,
  before: number | undefined,
): { readonly registry: Registry; readonly before: number | undefined } {
  const revoked = new Map(Object.entries(registry.revoked));
  for (const [name, at] of Object.entries(later?.revoked ?? {}))
    revoked.set(name, Math.max(at, revoked.get(name) ?? 0));
  const upto = Math.max(0, before ?? 0, ...revoked.values());
  if (upto === 0) return { registry, before: undefined };
  for (const { name } of registry.devices) {
    const at = revoked.get(name) ?? 0;
    const mark = revoked.get(ownerOnly(name));
    if (mark !== undefined && mark >= at) revoked.set(ownerOnly(name), upto);
    revoked.set(name, upto);
  }
  return { registry: { ...registry, revoked: Object.fromEntries(revoked) }, before: upto };
}
