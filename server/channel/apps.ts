// The apps of a relay by their ids and keys, and where those that are made at run time are kept.
import { RelayError } from '../base/errors.ts';
import { type App, type AppKey, activeSecret } from './app.ts';

/** What became of `Apps.add`. */
export type AddApp = { readonly ok: true } | { readonly ok: false; readonly reason: 'id_taken' | 'key_taken' };

/** The apps that exist now. They come and go while the relay runs. */
export interface Apps {
  byId(id: string): App | undefined;
  /** The app that an active key opens. Disabled apps are found too: it is the dialect that words the refusal. */
  byKey(key: string): App | undefined;
  list(): App[];
  add(app: App): AddApp;
  /** Forgets the app and returns it. Its connections are the caller's to close. */
  remove(id: string): App | undefined;
  /** Puts the app in the place of the one with its id; refused when there is none, or a key is another app's. */
  replace(app: App): boolean;
  /** Tells of every app that was added, replaced or removed (`undefined`); returns how to stop. */
  onChange(listener: (id: string, app: App | undefined) => void): () => void;
}

/** An app that was made while the relay ran. What it consists of is known to the dialect that made it. */
export interface StoredApp {
  /** The id of the app in the channel core, unique over all dialects. */
  readonly id: string;
  readonly dialect: string;
  /** Anything that JSON can hold. */
  readonly settings: unknown;
}

/** Apps that outlive a restart. Changes resolve when they are durable. */
export interface AppStore {
  /** In the order in which they were first put. */
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
