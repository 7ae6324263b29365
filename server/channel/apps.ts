// The apps of a relay by their ids and keys, and where those that are made at run time are kept.
import { RelayError } from '../base/errors.ts';
import { type App, type AppKey, activeSecret } from './app.ts';

/** The result of `Apps.add`. */
export type AddApp = { readonly ok: true } | { readonly ok: false; readonly reason: 'id_taken' | 'key_taken' };

/** The apps that exist now. They may be added and removed while the relay runs. */
export interface Apps {
  byId(id: string): App | undefined;
  /** The app of an active key. It also finds disabled apps, because the dialect words the refusal. */
  byKey(key: string): App | undefined;
  list(): App[];
  add(app: App): AddApp;
  /** Removes the app and returns it. Its connections stay open; listeners close them. */
  remove(id: string): App | undefined;
  /** Replaces the app with the same id; false when there is none, or another app has one of the keys. */
  replace(app: App): boolean;
  /** Calls the listener for every app that is added, replaced or removed (`undefined`). Returns how to stop it. */
  onChange(listener: (id: string, app: App | undefined) => void): () => void;
}

/** An app that was created at run time. Only the dialect that created it knows the shape of its settings. */
export interface StoredApp {
  /** The id of the app in the channel core, unique over all dialects. */
  readonly id: string;
  readonly dialect: string;
  /** Anything that JSON can hold. */
  readonly settings: unknown;
}

/** Stores apps across restarts. Changes resolve when they are durable. */
export interface AppStore {
  /** All apps, in the order in which they were first put. */
  load(): Promise<StoredApp[]>;
  /** Adds the app, or replaces the one with its id. */
  put(app: StoredApp): Promise<void>;
  remove(id: string): Promise<void>;
}

/** @throws RelayError `invalid` when two apps of the list share an id or a key. */
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
    add(app) {
      if (byId.has(app.id)) return { ok: false, reason: 'id_taken' };
      const keys = new Set(app.keys.map(({ key }) => key));
      if (keys.size < app.keys.length || app.keys.some(({ key }) => byKey.has(key)))
        return { ok: false, reason: 'key_taken' };
      byId.set(app.id, app);
      for (const key of keys) byKey.set(key, app);
      tell(app.id, app);
      return { ok: true };
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
