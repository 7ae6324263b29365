// Makes the keys of apps, retires them and removes them when they expire. registry.ts decides when to make and retire keys.
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.ts';
import { type App, createApp } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import { MAX_TIMER } from '../config/config-fields.ts';
import { endOf, type KeyConfig } from './app-config.ts';

const DAY = 24 * 3_600_000;

/** How long older keys stay valid after a rotation, in ms: by default and at most. */
export const KEEP = { preset: 7 * DAY, max: 365 * DAY };

/** Makes a random key with a random secret. */
export function newKey(): KeyConfig {
  return { key: randomBytes(10).toString('hex'), secret: randomBytes(24).toString('base64url'), active: true };
}

/**
 * Retires keys: each expires in `keep` ms, or sooner if it already had an earlier end. Leaves out keys that are not active.
 * @param now ms since 1970
 */
export function retire(keys: readonly KeyConfig[], now: number, keep: number): (KeyConfig & { until: string })[] {
  return keys
    .filter(({ active }) => active)
    .map((key) => ({ ...key, end: Math.min(endOf(key), now + keep) }))
    .filter(({ end }) => end > now)
    .map(({ end, ...key }) => ({ ...key, until: new Date(end).toISOString() }));
}

/** Removes keys when they expire, from apps of the config and from registered apps. */
export interface KeyEnds {
  /** Removes all expired keys from their apps, and sets a timer for the next one. Call it after adding keys. */
  watch(): void;
  close(): void;
}

/** Creates the removal of expired keys. It starts with the first call of `watch`. */
export function createKeyEnds({ apps, clock }: { apps: Pick<Apps, 'list' | 'replace'>; clock: Clock }): KeyEnds {
  let timer: Timer;

  /** Removes the expired keys of an app. Returns when its next key expires, in ms since 1970. */
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
