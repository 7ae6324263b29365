// Apps that are created at run time. They have the same settings as apps of the config (app-config.ts). The backend stores
// them, and they work at once.

import { z } from 'zod';
import type { AppInfo, NewAppKey } from '../../shared/api.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import type { Logger } from '../base/logger.ts';
import { nearest } from '../base/nearest.ts';
import { retryConflicts } from '../base/versioned-store.ts';
import type { App } from '../channel/app.ts';
import type { AppStore, Apps, StoredApp } from '../channel/apps.ts';
import { type AppConfig, type AppTimes, appsConfig, MAX_KEYS, toApp } from './app-config.ts';
import { createKeyEnds, KEEP, newKey, retire } from './key-rotation.ts';

/** The apps of a relay. Changes resolve when they are durable, and take effect without a restart. */
export interface AppRegistry {
  list(): AppInfo[];
  /**
   * Creates an app from the same settings as in the config. It gets a new key unless the settings have one.
   * @throws RelayError `invalid` when the settings are wrong, or the id or a key is taken
   */
  create(settings: Readonly<Record<string, unknown>>): Promise<NewAppKey>;
  /** Removes the app and closes its connections. @throws RelayError `not_found`, or `forbidden` for an app of the config */
  remove(id: string): Promise<void>;
  /**
   * Gives the app a new key. Older keys stay valid for at most `keep` ms. With 0 they stop working at once.
   * @throws RelayError `not_found`, `forbidden`, or `invalid` for a wrong `keep` or when too many keys are valid
   */
  rotate(id: string, keep?: number): Promise<NewAppKey>;
  /** Ends all timers. */
  close(): void;
}

/** What the registry needs. */
export interface AppRegistryPorts {
  readonly apps: Apps;
  readonly store: AppStore;
  readonly times: AppTimes;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DIALECT = 'pusher';

/** The setting that an unknown one probably means, as the end of a sentence. */
function advice(key: string): string {
  const { items } = z.toJSONSchema(appsConfig, { io: 'input', unrepresentable: 'any' });
  const known = typeof items === 'object' && !Array.isArray(items) ? (items.properties ?? {}) : {};
  const meant = nearest(key, Object.keys(known));
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** Reads the settings of one app. @throws RelayError `invalid` that lists every problem */
function readApp(settings: unknown, prefix = ''): AppConfig {
  const { data, error } = appsConfig.safeParse([settings]);
  const [app] = data ?? [];
  if (app !== undefined) return app;
  const problems = (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.slice(1);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => `${[...path, key].join('.')}: unknown key${path.length === 0 ? advice(key) : ''}`);
    return [path.join('.'), issue.message].filter((part) => part !== '').join(': ');
  });
  throw new RelayError('invalid', prefix + problems.join('; '));
}

/**
 * Loads the apps of earlier runs. Apps of the config take precedence over them.
 * @throws RelayError `invalid` when a stored app does not have the expected shape
 */
export async function createAppRegistry(ports: AppRegistryPorts): Promise<AppRegistry> {
  const { apps, store, times, clock, logger } = ports;
  const registered = new Map<string, AppConfig>();
  /** Ids of stored apps that are off, because another app has the same id or one of the same keys. */
  const displaced = new Set<string>();
  const mutex = createKeyedMutex();
  const keyEnds = createKeyEnds({ apps, clock });

  // The only place where a change takes effect, so that changes of all nodes do so in the order of the store.
  store.onChange(({ name: id, record }) => {
    if (record === undefined) forget(id);
    else if (record.dialect === DIALECT) follow(record);
  });
  for (const stored of await store.load()) if (stored.dialect === DIALECT) restore(stored);
  keyEnds.watch();

  function read({ id, settings }: StoredApp): { config: AppConfig; app: App } {
    const config = readApp(settings, `the app ${JSON.stringify(id)} of the registry: `);
    return { config, app: toApp(config, times, clock.now()) };
  }

  function restore(stored: StoredApp): void {
    const { config, app } = read(stored);
    if (apps.add(app).ok) registered.set(stored.id, config);
    else displace(app);
  }

  /** Notes an app that is off, and says why. */
  function displace(app: App): void {
    const { id } = app;
    displaced.add(id);
    const names = new Set(app.keys.map(({ key }) => key));
    const other = apps.byId(id) ?? apps.list().find(({ keys }) => keys.some(({ key }) => names.has(key)));
    logger.warn(
      { app: id, by: other?.id },
      `the app ${id}, created with "herald apps", is off, because another app has its id or one of its keys: change the other app, or remove this one with "herald apps remove ${id}"`,
    );
  }

  function forget(id: string): void {
    // The channel core may have another app with the id of a displaced one. That app stays.
    if (displaced.delete(id)) return;
    if (registered.delete(id)) apps.remove(id);
  }

  /** Gives an app that was stored its effect. */
  function follow(stored: StoredApp): void {
    const { id } = stored;
    try {
      if (!registered.has(id)) {
        displaced.delete(id);
        restore(stored);
      } else {
        const { config, app } = read(stored);
        if (apps.replace(app)) registered.set(id, config);
        else {
          forget(id);
          displace(app);
        }
      }
    } catch (error) {
      // Only another version of Herald stores settings that this one cannot read.
      logger.error({ app: id, err: error }, 'an app that another node stored cannot be read');
    }
    keyEnds.watch();
  }

  /** Stores an app. Resolves to undefined if another node changed it first. */
  async function keep(config: AppConfig): Promise<AppConfig | undefined> {
    const stored = await store.put({ id: config.id, dialect: DIALECT, settings: config }, store.version());
    return stored === 'stored' ? config : undefined;
  }

  function owned(id: string): AppConfig {
    const app = registered.get(id);
    if (app !== undefined) return app;
    if (id === 'relay') throw new RelayError('forbidden', 'the app relay belongs to the relay itself');
    if (apps.byId(id) === undefined) throw new RelayError('not_found', `there is no app ${id}`);
    throw new RelayError('forbidden', `the app ${id} is in the config: change it there`);
  }

  return {
    list: () =>
      apps.list().map(({ id, enabled, keys }) => ({
        id,
        enabled,
        keys: keys.map(({ secret: _, ...shown }) => shown),
        registered: registered.has(id),
      })),

    create: (settings) =>
      mutex.run('', async () => {
        const named = 'key' in settings || 'keys' in settings;
        const app = readApp(named ? settings : { ...settings, keys: [newKey()] });
        const newest = app.keys.at(-1);
        if (newest === undefined) throw new Error('an app without a key');
        await retryConflicts(async () => {
          if (apps.byId(app.id) !== undefined) throw new RelayError('invalid', `the id ${app.id} is taken`);
          if (displaced.has(app.id)) throw new RelayError('invalid', `the id ${app.id} is taken by an app that is off`);
          if (!apps.check(toApp(app, times, clock.now())).ok) {
            throw new RelayError('invalid', 'expected keys that no other app has');
          }
          return keep(app);
        });
        return { id: app.id, key: newest.key, secret: newest.secret };
      }),

    remove: (id) =>
      mutex
        .run('', () =>
          retryConflicts(async () => {
            if (!displaced.has(id)) owned(id);
            return (await store.remove(id, store.version())) === 'stored' ? true : undefined;
          }),
        )
        .then(() => {}),

    rotate: (id, time = KEEP.preset) =>
      mutex.run('', async () => {
        if (!Number.isInteger(time) || time < 0 || time > KEEP.max) {
          throw new RelayError('invalid', `keep: expected a time in ms, at most 365 days`);
        }
        const made = newKey();
        const older = await retryConflicts(async () => {
          const app = owned(id);
          const retired = retire(app.keys, clock.now(), time);
          if (retired.length >= MAX_KEYS) {
            throw new RelayError(
              'invalid',
              `the app already has ${MAX_KEYS} keys: end older ones sooner with a shorter keep, or at once with keep 0`,
            );
          }
          return (await keep({ ...app, keys: [...retired, made] })) === undefined ? undefined : retired;
        });
        const ends = older.map(({ until }) => Date.parse(until));
        const rest = ends.length === 0 ? {} : { olderUntil: Math.max(...ends) };
        return { id, key: made.key, secret: made.secret, ...rest };
      }),

    close: keyEnds.close,
  };
}
