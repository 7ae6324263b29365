// Apps that are made while the relay runs: in the shape of the config's own, kept by the backend, live at once.
// Not here: the shape itself, see apps.ts.
import { randomBytes } from 'node:crypto';
import type { App, AppKey, Apps } from '../channel/app.ts';
import type { AppStore } from '../channel/app-store.ts';
import { createTurns } from '../delivery/turns.ts';
import { RelayError } from '../errors.ts';
import { type AppConfig, type AppTimes, appsConfig, toApp } from './apps.ts';

/** An app as its owner sees it. Secrets are told once, when they are made. */
export interface AppInfo {
  readonly id: string;
  readonly enabled: boolean;
  /** Oldest first. */
  readonly keys: readonly { readonly key: string; readonly active: boolean }[];
  /** Whether it can be changed here; the others stand in the config, or are the relay's own. */
  readonly registered: boolean;
}

/** A key that was just made. */
export interface NewKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

/** The apps of a relay. Changes resolve when they are durable, and hold from then on without a restart. */
export interface AppRegistry {
  list(): AppInfo[];
  /**
   * Makes an app of settings as in the config, with a key of its own unless they name one.
   * @throws RelayError `invalid` when they are wrong, or id or key are taken
   */
  create(settings: Readonly<Record<string, unknown>>): Promise<NewKey>;
  /** Ends the app and its connections. @throws RelayError `not_found`, or `forbidden` when it is not registered here */
  remove(id: string): Promise<void>;
  /**
   * Gives the app a new key. The newest one so far stays good until the next time, older ones are retired; with
   * `retire` all are.
   * @throws RelayError `not_found`, `forbidden`, or `invalid` when the app has too many keys
   */
  rotate(id: string, retire: boolean): Promise<NewKey>;
}

/** What the registry works on. */
export interface AppRegistryPorts {
  readonly apps: Apps;
  readonly store: AppStore;
  readonly times: AppTimes;
}

const DIALECT = 'pusher';
const MAX_KEYS = 32;

const newKey = (): AppKey => ({
  key: randomBytes(10).toString('hex'),
  secret: randomBytes(24).toString('base64url'),
  active: true,
});

/** The one app that the settings describe. @throws RelayError `invalid` with every problem */
function readApp(settings: unknown): AppConfig {
  const { data, error } = appsConfig.safeParse([settings]);
  const [app] = data ?? [];
  if (app !== undefined) return app;
  const problems = (error?.issues ?? []).map(({ path, message }) => [path.slice(1).join('.'), message]);
  throw new RelayError('invalid', problems.map((parts) => parts.filter((part) => part !== '').join(': ')).join('; '));
}

/**
 * Brings the apps of earlier runs back, next to those of the config, which come first.
 * @throws RelayError `invalid` when one of them is not what was kept
 */
export async function createAppRegistry({ apps, store, times }: AppRegistryPorts): Promise<AppRegistry> {
  const registered = new Map<string, AppConfig>();
  const inTurn = createTurns();

  for (const stored of await store.load()) {
    if (stored.dialect !== DIALECT) continue;
    const app = readApp(stored.settings);
    // An app of the config may have taken its id or key since; it comes back when that one goes.
    if (apps.add(toApp(app, times)).ok) registered.set(app.id, app);
  }

  async function keep(app: AppConfig): Promise<App> {
    await store.put({ id: app.id, dialect: DIALECT, settings: app });
    registered.set(app.id, app);
    return toApp(app, times);
  }

  function owned(id: string): AppConfig {
    const app = registered.get(id);
    if (app !== undefined) return app;
    if (apps.byId(id) === undefined) throw new RelayError('not_found', `there is no app ${id}`);
    throw new RelayError('forbidden', `the app ${id} is not kept here: change it in the config`);
  }

  return {
    list: () =>
      apps.list().map(({ id, enabled, keys }) => ({
        id,
        enabled,
        keys: keys.map(({ key, active }) => ({ key, active })),
        registered: registered.has(id),
      })),

    create: (settings) =>
      inTurn('', async () => {
        const named = 'key' in settings || 'keys' in settings;
        const app = readApp(named ? settings : { ...settings, keys: [newKey()] });
        if (apps.byId(app.id) !== undefined) throw new RelayError('invalid', `the id ${app.id} is taken`);
        const added = apps.add(toApp(app, times));
        if (!added.ok) throw new RelayError('invalid', 'expected keys that no other app has');
        try {
          await keep(app);
        } catch (error) {
          apps.remove(app.id);
          throw error;
        }
        const { key, secret } = app.keys[app.keys.length - 1] ?? newKey();
        return { id: app.id, key, secret };
      }),

    remove: (id) =>
      inTurn('', async () => {
        owned(id);
        await store.remove(id);
        registered.delete(id);
        apps.remove(id);
      }),

    rotate: (id, retire) =>
      inTurn('', async () => {
        const app = owned(id);
        if (app.keys.length >= MAX_KEYS) throw new RelayError('invalid', `an app may have at most ${MAX_KEYS} keys`);
        const latest = app.keys.findLast(({ active }) => active);
        const kept = app.keys.map((one) => ({ ...one, active: !retire && one === latest }));
        const made = newKey();
        apps.replace(await keep({ ...app, keys: [...kept, made] }));
        return { id, key: made.key, secret: made.secret };
      }),
  };
}
