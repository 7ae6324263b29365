// An app: its keys, its bounds, and what it lets its clients do.

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
  /** Whether who finds no place among the connections is told to come back later, and not to stay away. */
  readonly retryWhenFull: boolean;
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

/** Where the events of an app are reported. */
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
  retryWhenFull: false,
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
