// An app: its keys, its limits, and what its clients may do.

/** One credential of an app. A retired one (`active: false`) opens nothing, but no other app can get the same key. */
export interface AppKey {
  readonly key: string;
  readonly secret: string;
  readonly active: boolean;
  /** When the key ends and leaves the app, in ms since 1970; absent: never. */
  readonly until?: number;
}

/** The limits of an app. Lengths are in characters, `…Bytes` in UTF-8 bytes, all others are counts unless the name says. */
export interface AppLimits {
  /** Open connections; null for no limit. */
  readonly connections: number | null;
  /** Whether clients beyond `connections` are told to retry later; otherwise they are told to stay away. */
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
  /** Last events that are kept for all cache channels of the app; the oldest goes first. */
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
  /** Origins of pages that may connect; undefined for all. Programs other than browsers send no origin and may connect. */
  readonly origins: readonly string[] | undefined;
  /** Whether to speak the additions of webman-push-server. */
  readonly webman: boolean;
  /** Whether to sign subscriptions for anyone, for trials. */
  readonly sampleAuth: boolean;
  readonly limits: AppLimits;
  readonly hooks: readonly Hook[];
}

/** An app as it is created; only `id` and `keys` have no default. */
export type AppOptions = Pick<App, 'id' | 'keys'> &
  Partial<Omit<App, 'id' | 'keys' | 'limits'>> & { readonly limits?: Partial<AppLimits> };

/** Default limits: those of hosted Pusher, or of its SDKs where these allow more. */
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
  return app.keys.find((one) => one.active && one.key === key)?.secret;
}

/** The key with which the relay signs for the app: the oldest active one. Receivers know it the longest. */
export function activeKey(app: App): AppKey | undefined {
  return app.keys.find(({ active }) => active);
}
