// The longest frame that a socket may send. The relay has to set this bound before it knows the app of the socket, so the bound
// is the same for all apps.
import type { App } from '../../../channel/app.ts';
import type { Apps } from '../../../channel/apps.ts';
import { watchApps } from '../watch-apps.ts';

/** Enough bytes for any frame within the default limits, which are hosted Pusher's. */
const ORDINARY = 65_536;
/** More than the bytes of a frame around its data. */
const ENVELOPE = 4_096;

/** Whether the limits of an app allow frames longer than `ORDINARY`. */
function isWide({ clientEvents, watchlistEvents, limits }: App): boolean {
  const longest = Math.max(
    limits.presenceMemberBytes,
    clientEvents ? limits.eventBytes : 0,
    watchlistEvents ? limits.watchlist * limits.userIdLen : 0,
  );
  // Most of the data is JSON inside JSON, where a quote or backslash takes two bytes.
  return 2 * longest + ENVELOPE > ORDINARY;
}

/**
 * Makes a function that returns the longest frame in bytes. It takes the apps into account that exist when it is called.
 * @param most the relay's own bound. It applies while some app is wide, and always as an upper bound
 */
export function longestFrame(apps: Pick<Apps, 'list' | 'onChange'>, most: number): () => number {
  const wide = new Set<string>();
  watchApps(apps, (id, app) => {
    if (app !== undefined && isWide(app)) wide.add(id);
    else wide.delete(id);
  });
  return () => (wide.size > 0 ? most : Math.min(ORDINARY, most));
}
