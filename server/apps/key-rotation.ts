// The keys of apps in time: new ones, those that are being retired, and their end. Not here: who asks for that, see
// registry.ts.
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.ts';
import { type App, createApp } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import { MAX_TIMER } from '../config/config-fields.ts';
import { endOf, type KeyConfig } from './app-config.ts';

const DAY = 24 * 3_600_000;

/** How long in ms keys stay good beside a newer one, and how long at most. */
export const KEEP = { preset: 7 * DAY, max: 365 * DAY };

/** Makes a key that nobody can guess. */
export function newKey(): KeyConfig {
  return { key: randomBytes(10).toString('hex'), secret: randomBytes(24).toString('base64url'), active: true };
}

/**
 * Older keys beside a new one: each ends in `keep` ms, or when it would have anyway. Without those that open nothing.
 * @param now ms since 1970
 */
export function retire(keys: readonly KeyConfig[], now: number, keep: number): (KeyConfig & { until: string })[] {
  return keys
    .filter(({ active }) => active)
    .map((one) => ({ ...one, end: Math.min(endOf(one), now + keep) }))
    .filter(({ end }) => end > now)
    .map(({ end, ...one }) => ({ ...one, until: new Date(end).toISOString() }));
}

/** The end of keys, whichever way their apps came to be. */
export interface KeyEnds {
  /** Takes every key out of its app whose time has come, and waits for the next; to be called after keys were added. */
  watch(): void;
  close(): void;
}

/** Makes the watch; nothing ends before `watch`. */
export function createKeyEnds({ apps, clock }: { apps: Pick<Apps, 'list' | 'replace'>; clock: Clock }): KeyEnds {
  let timer: Timer;

  /** Gives the time of the app's next end, in ms since 1970. */
  function sweep(app: App, now: number): number {
    const keys = app.keys.filter(({ until }) => until === undefined || until > now);
    if (keys.length < app.keys.length) apps.replace(createApp({ ...app, keys }));
    return Math.min(...keys.map(({ until }) => until ?? Number.POSITIVE_INFINITY));
  }

  function watch(): void {
    clock.clearTimeout(timer);
    const now = clock.now();
    const next = Math.min(...apps.list().map((app) => sweep(app, now)));
    if (next < Number.POSITIVE_INFINITY) timer = clock.setTimeout(watch, Math.min(next - now, MAX_TIMER));
  }

  return { watch, close: () => clock.clearTimeout(timer) };
}
