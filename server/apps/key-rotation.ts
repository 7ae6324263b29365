// The life of an app's keys: making new ones, retiring older ones, ending them in time. registry.ts decides when.
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.ts';
import { type App, createApp } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import { MAX_TIMER } from '../config/config-fields.ts';
import { endOf, type KeyConfig } from './app-config.ts';

const DAY = 24 * 3_600_000;

/** How long older keys stay valid beside a new one: by default and at most, in ms. */
export const KEEP = { preset: 7 * DAY, max: 365 * DAY };

/** Makes a random key. */
export function newKey(): KeyConfig {
  return { key: randomBytes(10).toString('hex'), secret: randomBytes(24).toString('base64url'), active: true };
}

/**
 * Retires keys: each ends in `keep` ms, or earlier when it would have ended anyway. Leaves out keys that are not active.
 * @param now ms since 1970
 */
export function retire(keys: readonly KeyConfig[], now: number, keep: number): (KeyConfig & { until: string })[] {
  return keys
    .filter(({ active }) => active)
    .map((one) => ({ ...one, end: Math.min(endOf(one), now + keep) }))
    .filter(({ end }) => end > now)
    .map(({ end, ...one }) => ({ ...one, until: new Date(end).toISOString() }));
}

/** Ends keys in time, for apps of the config and registered ones alike. */
export interface KeyEnds {
  /** Removes the keys that have ended from their apps, and waits for the next end. Call it after adding keys. */
  watch(): void;
  close(): void;
}

/** Creates it. No key ends before `watch` is called. */
export function createKeyEnds({ apps, clock }: { apps: Pick<Apps, 'list' | 'replace'>; clock: Clock }): KeyEnds {
  let timer: Timer;

  /** Removes the ended keys of an app. Returns when its next key ends, in ms since 1970. */
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
