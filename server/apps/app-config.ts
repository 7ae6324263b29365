// The `apps` section of the config: the settings of an app, and how they become an app of the channel core.
import { z } from 'zod';
import { type App, type AppKey, createApp } from '../channel/app.ts';
import { hookConfig, toHook } from './hook-config.ts';
import { limitsConfig } from './limits-config.ts';

const identifier = (text: string) =>
  z
    .string()
    .regex(/^[\w.~-]{1,128}$/, 'expected 1 to 128 letters, digits, "_", "-", "." or "~"')
    .describe(text);

const appSecret = z
  .string()
  .min(1)
  .max(4096)
  .meta({ description: 'Signs for the key. Keep it out of pages.', writeOnly: true });

/** How many keys one app may have. */
export const MAX_KEYS = 32;

const appKey = z.strictObject({
  key: identifier('The public key, part of the socket URL.'),
  secret: appSecret,
  active: z
    .boolean()
    .default(true)
    .describe('With `false`, the key is retired: it no longer works, and no other app can have it.'),
  until: z.iso
    .datetime({ offset: true, error: 'expected a time such as "2026-12-31T00:00:00Z"' })
    .optional()
    .describe('When the key ends, such as `2026-12-31T00:00:00Z`. Without it, the key never ends.'),
});

/** One key as the config has it. `until` is an ISO time. */
export type KeyConfig = z.output<typeof appKey>;

/** An origin as browsers send it, or a pattern with one `*`. It has a scheme and no path. */
const origin = z
  .string()
  .max(255)
  .regex(
    /^(?:\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#*]*\*?[^\s/?#*]*)$/i,
    'expected an origin such as "https://example.com", without a path, or "*"',
  );

const flag = (text: string, preset: boolean) => z.boolean().default(preset).describe(text);

const app = z
  .strictObject({
    id: identifier('Part of the paths of the HTTP API; not `relay`.'),
    key: identifier('The public key, part of the socket URL, if the app has only one.').optional(),
    secret: appSecret.optional(),
    keys: z
      .array(appKey)
      .min(1)
      .max(MAX_KEYS)
      .optional()
      .describe('Several keys, oldest first, instead of key and secret.'),
    enabled: flag('Whether the app accepts connections and events.', true),
    forceTLS: flag('Refuse sockets without TLS.', false),
    clientEvents: flag('Allow members of a channel to send events to it.', false),
    subscriptionCount: flag(
      'Tell subscribers how many there are. Encrypted channels are left out, because the official Java client fails there.',
      false,
    ),
    watchlistEvents: flag('Tell users which users of their watchlist are online.', false),
    authorizedConnections: flag('Close connections that neither subscribe to a private channel nor sign in.', false),
    origins: z
      .array(origin)
      .max(1_000)
      .optional()
      .describe('Origins of pages that may connect, such as `https://*.example.com`. Without it, all may.'),
    webman: flag('Support the additions of webman-push-server.', false),
    sampleAuth: flag('Sign subscriptions for anyone at `/subscribe/auth`. Use it only for trials.', false),
    limits: limitsConfig,
    webhooks: z.array(hookConfig).max(32).default([]).describe('Where events of the app are reported.'),
  })
  .transform(({ key, secret, keys, ...rest }, context) => {
    const pair: KeyConfig[] | undefined =
      key !== undefined && secret !== undefined ? [{ key, secret, active: true }] : undefined;
    const half = (key !== undefined || secret !== undefined) && pair === undefined;
    if (half || (pair === undefined) === (keys === undefined)) {
      context.addIssue({ code: 'custom', message: 'expected either key and secret, or keys' });
    }
    return { ...rest, keys: keys ?? pair ?? [] };
  });

/** Schema of the `apps` section. */
export const appsConfig = z
  .array(app)
  .max(10_000)
  .default([])
  .superRefine((apps, context) => {
    // An app that failed its own checks was not transformed, so it may have no `keys`.
    if (context.issues.length > 0) return;
    const ids = new Set(['relay']);
    const taken = new Set<string>();
    for (const [index, { id, keys }] of apps.entries()) {
      if (ids.has(id))
        context.addIssue({ code: 'custom', path: [index, 'id'], message: 'expected a unique id other than "relay"' });
      ids.add(id);
      if (keys.some(({ key }, at) => taken.has(key) || keys.findIndex((other) => other.key === key) < at)) {
        context.addIssue({ code: 'custom', path: [index], message: 'expected keys that no other app has' });
      }
      for (const { key } of keys) taken.add(key);
    }
  })
  .describe('Apps for Pusher SDKs.');

/** One app as the config has it. `keys` is always there, even if the config has `key` and `secret` instead. */
export type AppConfig = z.output<typeof appsConfig>[number];

/** The default times of apps, in ms. */
export interface AppTimes {
  readonly activityTimeout: number;
  readonly pongTimeout: number;
}

/** When a key expires, in ms since 1970; Infinity if it never does. */
export function endOf({ until }: KeyConfig): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}

function toKey({ until, ...key }: KeyConfig): AppKey {
  return until === undefined ? key : { ...key, until: Date.parse(until) };
}

/** Turns a configured app into one of the channel core. Leaves out keys that expired before `now`, in ms since 1970. */
export function toApp({ webhooks, limits, keys, ...rest }: AppConfig, times: AppTimes, now: number): App {
  return createApp({
    ...rest,
    keys: keys.filter((key) => endOf(key) > now).map(toKey),
    limits: {
      ...limits,
      activityTimeoutSec: limits.activityTimeoutSec ?? times.activityTimeout / 1000,
      pongTimeoutSec: limits.pongTimeoutSec ?? times.pongTimeout / 1000,
    },
    hooks: webhooks.map(toHook),
  });
}
