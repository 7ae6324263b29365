// The apps of level 2016: those of the config, and if the config says so, those that other programs keep in Redis.

import { RelayError } from '../../base/errors.ts';
import { type MaybePromise, then } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import { httpUrl } from '../../config/config-fields.ts';
import type { GusherClusterConfig } from './config.ts';
import { appOf } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';

/** How long an answer of Redis is kept, in ms. */
const KEEP = 2000;
/** The most answers that are kept. Anybody may ask for any key. */
const MAX_KEPT = 1000;

/** The longest key that is looked up. */
const MAX_KEY = 255;

const hookUrl = httpUrl('');

/** An app with its hook. */
export interface HookedApp {
  readonly app: App;
  readonly url: string;
}

/** Finds the app of a key; undefined if there is none. */
export type FindApp = (key: string) => MaybePromise<HookedApp | undefined>;

/**
 * Makes the search, and adds the apps of the config to the channel core.
 * @throws RelayError `invalid` if there is no Redis to look into
 */
export function createFindApp(
  { apps, appsInRedis, redisPrefix }: Pick<GusherClusterConfig, 'apps' | 'appsInRedis' | 'redisPrefix'>,
  ports: Pick<GusherClusterPorts, 'apps' | 'clock' | 'readForeign'>,
): FindApp {
  const hooked = new Map(Object.entries(apps).map(([key, { url }]) => [key, { url, app: appOf(key) }]));
  for (const { app } of hooked.values()) ports.apps.add(app);
  if (!appsInRedis) return (key) => hooked.get(key);
  const { readForeign, clock } = ports;
  if (readForeign === undefined) {
    throw new RelayError('invalid', 'gusherCluster.appsInRedis: expected redis in the config, and no Redis Cluster');
  }
  /** Oldest first. */
  const kept = new Map<string, { readonly at: number; readonly found: Promise<HookedApp | undefined> }>();

  async function look(key: string): Promise<HookedApp | undefined> {
    const { data: url } = hookUrl.safeParse(await readForeign?.(redisPrefix + key, 'url'));
    return url === undefined ? undefined : { url, app: appOf(key) };
  }

  return (key) => {
    const app = hooked.get(key);
    if (app !== undefined || key.length > MAX_KEY) return app;
    const now = clock.monotonic();
    for (const [other, { at }] of kept) {
      if (now - at < KEEP && kept.size < MAX_KEPT) break;
      kept.delete(other);
    }
    const known = kept.get(key);
    if (known !== undefined) return known.found;
    const found = look(key);
    kept.set(key, { at: now, found });
    found.catch(() => kept.delete(key));
    return found;
  };
}

/** The app of a key for a call of the API. @throws RelayError `invalid` when there is none */
export function requireApp(find: FindApp) {
  return (key: string) =>
    then(find(key), (hooked) => {
      if (hooked === undefined) throw new RelayError('invalid', 'empty app_key');
      return hooked.app;
    });
}
