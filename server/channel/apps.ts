// Finds the apps of a relay by id or key, and defines the store for apps that are created at run time.
import { RelayError } from '../base/errors.ts';
import type { VersionedStore } from '../base/versioned-store.ts';
import { type App, type AppKey, activeSecret } from './app.ts';

/** The result of `Apps.add`: the app was added, or its id or one of its keys belongs to another app. */
export type AddApp = { readonly ok: true } | { readonly ok: false; readonly reason: 'id_taken' | 'key_taken' };

/** The current apps. Apps can be added and removed while the relay runs. */
export interface Apps {
  byId(id: string): App | undefined;
  /** The app of an active key. Finds disabled apps too, so that the dialect can say why it refuses them. */
  byKey(key: string): App | undefined;
  list(): App[];
  add(app: App): AddApp;
  /** What `add` would answer. */
  check(app: App): AddApp;
  /** Removes the app and returns it. Listeners close its connections. */
  remove(id: string): App | undefined;
  /** Replaces the app with the same id. Returns false when there is none, or when another app has one of the keys. */
  replace(app: App): boolean;
  /**
   * Calls the listener whenever an app is added, replaced or removed. `app` is undefined after a removal.
   * @returns a function that removes the listener
   */
  onChange(listener: (id: string, app: App | undefined) => void): () => void;
}

/** An app that was created at run time. Only the dialect that created it knows the shape of its settings. */
export interface StoredApp {
  /** The id of the app in the channel core, unique over all dialects. */
  readonly id: string;
  readonly dialect: string;
  /** Any JSON value. */
  readonly settings: unknown;
}

/** Stores apps across restarts, in the order in which they were made. Their ids are their names. */
export type AppStore = VersionedStore<StoredApp>;

/** Creates the set of apps. @throws RelayError `invalid` when two apps of the list share an id or a key */
export function createApps(list: Iterable<App> = []): Apps {
  const byId = new Map<string, App>();
  const byKey = new Map<string, App>();
  const listeners = new Set<(id: string, app: App | undefined) => void>();
  const tell = (id: string, app: App | undefined) => {
    for (const listener of listeners) listener(id, app);
  };
  const apps: Apps = {
    byId: (id) => byId.get(id),
    byKey(key) {
      const app = byKey.get(key);
      return app !== undefined && activeSecret(app, key) !== undefined ? app : undefined;
    },
    list: () => [...byId.values()],
    check(app) {
      if (byId.has(app.id)) return { ok: false, reason: 'id_taken' };
      const keys = new Set(app.keys.map(({ key }) => key));
      if (keys.size < app.keys.length || app.keys.some(({ key }) => byKey.has(key)))
        return { ok: false, reason: 'key_taken' };
      return { ok: true };
    },
    add(app) {
      const checked = apps.check(app);
      if (!checked.ok) return checked;
      byId.set(app.id, app);
      for (const { key } of app.keys) byKey.set(key, app);
      tell(app.id, app);
      return checked;
    },
    remove(id) {
      const app = byId.get(id);
      byId.delete(id);
      for (const { key } of app?.keys ?? []) byKey.delete(key);
      if (app !== undefined) tell(id, undefined);
      return app;
    },
    replace(app) {
      const before = byId.get(app.id);
      const isForeign = ({ key }: AppKey) => byKey.has(key) && byKey.get(key) !== before;
      if (before === undefined || app.keys.some(isForeign)) return false;
      for (const { key } of before.keys) byKey.delete(key);
      byId.set(app.id, app);
      for (const { key } of app.keys) byKey.set(key, app);
      tell(app.id, app);
      return true;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  for (const app of list) {
    const added = apps.add(app);
    if (!added.ok) {
      const what = added.reason === 'id_taken' ? 'the id' : 'a key';
      throw new RelayError('invalid', `apps: ${what} of app "${app.id}" is already in use`);
    }
  }
  return apps;
}
