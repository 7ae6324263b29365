import { RelayError } from '../errors.ts';

/** One credential of an app. A retired one (`active: false`) opens nothing but keeps its place, so nobody else gets it. */
export interface AppKey {
  readonly key: string;
  readonly secret: string;
  readonly active: boolean;
  /** When whoever keeps the app takes the key out of it, in ms since 1970; absent: never. */
  readonly until?: number;
}

/** The bounds of an app. Lengths are in characters, `…Bytes` in UTF-8 bytes, the rest counts unless the name says. */
export interface AppLimits {
  /** Open connections; null: as many as the machine bears. */
  readonly connections: number | null;
  /** Channels that one connection may be subscribed to. */
  readonly subscriptions: number;
  /** Of one connection. */
  readonly clientEventsPerSec: number;
  /** Events over the HTTP API, one for each channel of each; null: as many as come. */
  readonly eventsPerSec: number | null;
  /** Questions over the HTTP API; null: as many as come. */
  readonly readsPerSec: number | null;
  readonly channelNameLen: number;
  readonly eventNameLen: number;
  readonly eventBytes: number;
  readonly channelsPerEvent: number;
  readonly batch: number;
  /** Distinct users of one presence channel. */
  readonly presenceMembers: number;
  /** One member as JSON, id and info together. */
  readonly presenceMemberBytes: number;
  readonly userIdLen: number;
  readonly watchlist: number;
  /** Last events kept for cache channels, over all channels of the app; the oldest goes first. */
  readonly cachedEvents: number;
  readonly cacheTtlSec: number;
  readonly authSkewSec: number;
  readonly activityTimeoutSec: number;
  readonly pongTimeoutSec: number;
}

/** Where the happenings of an app are reported to. */
export interface Hook {
  readonly url: string;
  readonly events: readonly string[];
  readonly batch: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly filter?: { readonly prefix?: string | undefined; readonly suffix?: string | undefined } | undefined;
}

/** One tenant of the channel core: its channels are its own, and so are its keys and bounds. */
export interface App {
  readonly id: string;
  /** Oldest first. */
  readonly keys: readonly AppKey[];
  readonly enabled: boolean;
  readonly forceTLS: boolean;
  readonly clientEvents: boolean;
  readonly subscriptionCount: boolean;
  readonly watchlistEvents: boolean;
  readonly authorizedConnections: boolean;
  /** Origins of the pages that may connect; undefined for all. Programs that are no browsers send none and may connect. */
  readonly origins: readonly string[] | undefined;
  /** Speaks webman-push-server's additions too. */
  readonly webman: boolean;
  /** Signs subscriptions for whoever asks; for trying things out. */
  readonly sampleAuth: boolean;
  readonly limits: AppLimits;
  readonly hooks: readonly Hook[];
}

/** What has to be said of an app; the rest has defaults. */
export type AppOptions = Pick<App, 'id' | 'keys'> &
  Partial<Omit<App, 'id' | 'keys' | 'limits'>> & { readonly limits?: Partial<AppLimits> };

/** The bounds of an app that names none: those of hosted Pusher, and its SDKs' where they allow more. */
export const DEFAULT_LIMITS: AppLimits = Object.freeze({
  connections: null,
  subscriptions: 1_000,
  clientEventsPerSec: 10,
  eventsPerSec: null,
  readsPerSec: null,
  channelNameLen: 200,
  eventNameLen: 200,
  eventBytes: 10_240,
  channelsPerEvent: 100,
  batch: 10,
  presenceMembers: 100,
  presenceMemberBytes: 1_024,
  userIdLen: 128,
  watchlist: 100,
  cachedEvents: 5_000,
  cacheTtlSec: 1_800,
  authSkewSec: 600,
  activityTimeoutSec: 120,
  pongTimeoutSec: 30,
});

/** Builds an app: enabled, every optional feature off, default bounds for those it does not name. */
export function createApp(options: AppOptions): App {
  return Object.freeze({
    enabled: true,
    forceTLS: false,
    clientEvents: false,
    subscriptionCount: false,
    watchlistEvents: false,
    authorizedConnections: false,
    origins: undefined,
    webman: false,
    sampleAuth: false,
    hooks: [],
    ...options,
    limits: Object.freeze({ ...DEFAULT_LIMITS, ...options.limits }),
  });
}

/** The secret that belongs to an active key of the app, or undefined. */
export function activeSecret(app: App, key: string): string | undefined {
  return app.keys.find((one) => one.active && one.key === key)?.secret;
}

/** The key with which the relay signs for the app: the oldest active one. */
export function activeKey(app: App): AppKey | undefined {
  return app.keys.find(({ active }) => active);
}

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
