// Limits how many requests to the HTTP API an app may make per second, and shows the limit in headers.

import type { RateLevel, RateStore } from '../../../access/guards.ts';
import { RelayError } from '../../../base/errors.ts';
import type { App, AppLimits } from '../../../channel/app.ts';

/** The limits, as the app names them. */
export type Rate = keyof Pick<AppLimits, 'eventsPerSec' | 'readsPerSec'>;

/**
 * Takes what a request costs, and adds the headers to its answer. Returns a promise only if the rates are counted elsewhere.
 * @throws RelayError (or rejects) `too_many` when the app has no more
 */
export function charge(
  rates: RateStore,
  app: App,
  rate: Rate,
  count: number,
  headers: Record<string, string>,
): undefined | Promise<void> {
  const limit = app.limits[rate];
  if (limit === null) return undefined;
  const level = rates.take(app, rate, limit, count);
  if (level instanceof Promise) return level.then((now) => show(now, limit, headers));
  show(level, limit, headers);
  return undefined;
}

function show({ left, wait }: RateLevel, limit: number, headers: Record<string, string>): void {
  headers['x-ratelimit-limit'] = String(limit);
  headers['x-ratelimit-remaining'] = String(Math.max(0, Math.floor(left)));
  if (wait > 0) throw new RelayError('too_many', 'Too many requests', { retryAfter: Math.max(1, Math.ceil(wait)) });
}
