// Limits how many requests to the HTTP API an app may make per second, and shows the limit in headers.

import type { Clock } from '../../../base/clock.ts';
import { TokenBucket } from '../../../base/token-bucket.ts';
import type { App, AppLimits } from '../../../channel/app.ts';

/** The limits, as the app names them. */
export type Rate = keyof Pick<AppLimits, 'eventsPerSec' | 'readsPerSec'>;

/** The result of `take`. */
export interface Taken {
  /** Headers for the answer or the refusal. Empty when the app has no such limit. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds to wait before trying again; undefined when it was granted. */
  readonly retryAfter?: number;
}

/** The rates of all apps on this node. */
export interface Rates {
  take(app: App, rate: Rate, count: number): Taken;
}

/** Creates the rates. An app that is replaced starts with full buckets. The buckets of a removed app are freed. */
export function createRates(clock: Clock): Rates {
  const buckets = {
    eventsPerSec: new WeakMap<App, TokenBucket>(),
    readsPerSec: new WeakMap<App, TokenBucket>(),
  };

  function bucketOf(app: App, rate: Rate, perSecond: number, now: number): TokenBucket {
    const known = buckets[rate].get(app);
    if (known !== undefined) return known;
    const made = new TokenBucket({ burst: perSecond, perSecond }, now);
    buckets[rate].set(app, made);
    return made;
  }

  return {
    take(app, rate, count) {
      const limit = app.limits[rate];
      if (limit === null) return { headers: {} };
      const now = clock.monotonic();
      const bucket = bucketOf(app, rate, limit, now);
      const granted = bucket.tryTake(now, count);
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, Math.floor(bucket.level))),
      };
      return granted ? { headers } : { headers, retryAfter: Math.max(1, Math.ceil(bucket.wait(count))) };
    },
  };
}
