// How much of the HTTP API an app may use per second, and how its callers are told.

import type { Clock } from '../../../base/clock.ts';
import { TokenBucket } from '../../../base/token-bucket.ts';
import type { App, AppLimits } from '../../../channel/app.ts';

/** What is counted. */
export type Rate = keyof Pick<AppLimits, 'eventsPerSec' | 'readsPerSec'>;

/** What became of a request to take. */
export interface Taken {
  /** For the answer, whether it is granted or not; none where the app has no such limit. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds after which the same can be taken; undefined when it was granted. */
  readonly retryAfter?: number;
}

/** The rates of all apps on this node. */
export interface Rates {
  take(app: App, rate: Rate, count: number): Taken;
}

/** Counts from now on. An app that changes begins anew; one that goes leaves nothing behind. */
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
