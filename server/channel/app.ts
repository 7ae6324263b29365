// An app: its keys, its limits, and what its clients may do.

/** One credential of an app. A retired one (`active: false`) gives no access, but no other app can use the same key. */
export interface AppKey {
  readonly key: string;
  readonly secret: string;
  readonly active: boolean;
  /** When the key expires and is removed from the app, in ms since 1970. Without it the key never expires. */
  readonly until?: number;
}

/** The limits of an app. `…Len` is in characters, `…Bytes` in UTF-8 bytes, `…Sec` in seconds. All others are counts. */
export interface AppLimits {
  /** Open connections; null for no limit. */
  readonly connections: number | null;
  /** Whether to tell clients beyond `connections` to retry later. Otherwise they are told not to reconnect. */
  readonly retryWhenFull: boolean;
  /** Channels of one connection. */
  readonly subscriptions: number;
  /** Client events of one connection. */
  readonly clientEventsPerSec: number;
  /** Events over the HTTP API, counted once per channel; null for no limit. */
  readonly eventsPerSec: number | null;
  /** Reads over the HTTP API; null for no limit. */
  readonly readsPerSec: number | null;
  readonly channelNameLen: number;
  readonly eventNameLen: number;
  readonly eventBytes: number;
  readonly channelsPerEvent: number;
  readonly batch: number;
  /** Distinct users of one presence channel. */
  readonly presenceMembers: number;
  /** One member as JSON: id and info together. */
  readonly presenceMemberBytes: number;
  readonly userIdLen: number;
  readonly watchlist: number;
  /** How many last events all cache channels of the app keep together. The oldest is dropped first. */
  readonly cachedEvents: number;
  readonly cacheTtlSec: number;
  readonly authSkewSec: number;
  readonly activityTimeoutSec: number;
  readonly pongTimeoutSec: number;
}

/** One webhook of an app: a URL that gets reports of the app's events. */
export interface Hook {
  readonly url: string;
  readonly events: readonly string[];
  readonly batch: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly filter?: { readonly prefix?: string | undefined; readonly suffix?: string | undefined } | undefined;
}

/** One tenant of the channel core, with its own channels, keys and limits. */
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
  /** Origins of pages that may connect; undefined for all. Other programs send no origin and may always connect. */
  readonly origins: readonly string[] | undefined;
  /** Whether to support the protocol additions of webman-push-server. */
  readonly webman: boolean;
  /** Whether to sign subscriptions for anyone. Meant only for trying things out. */
  readonly sampleAuth: boolean;
  readonly limits: AppLimits;
  readonly hooks: readonly Hook[];
}

/** The argument of `createApp`. Only `id` and `keys` are required. */
export type AppOptions = Pick<App, 'id' | 'keys'> &
  Partial<Omit<App, 'id' | 'keys' | 'limits'>> & { readonly limits?: Partial<AppLimits> };

/** Default limits: hosted Pusher's, or those of its SDKs where the SDKs allow more. */
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

/** Creates an app. By default it is enabled, has every optional feature off, and has the default limits. */
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

/** The secret of an active key of the app, or undefined. */
export function activeSecret(app: App, key: string): string | undefined {
  return app.keys.find((candidate) => candidate.active && candidate.key === key)?.secret;
}

/** The key that the relay signs with for the app: the oldest active one, because every receiver knows it by now. */
export function activeKey(app: App): AppKey | undefined {
  return app.keys.find(({ active }) => active);
}
