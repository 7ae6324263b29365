// How long a frame from a socket may be. It is known before the app of the socket is.
import type { App } from '../../../channel/app.ts';
import type { Apps } from '../../../channel/apps.ts';
import { watchApps } from '../watch-apps.ts';

/** Bytes enough for all that the bounds of hosted Pusher let a client say. */
const ROOMY = 65_536;
/** Bytes for what is around the data. */
const ENVELOPE = 4_096;

/** Whether the bounds of an app let its clients say more than that. */
function isWide({ clientEvents, watchlistEvents, limits }: App): boolean {
  const longest = Math.max(
    limits.presenceMemberBytes,
    clientEvents ? limits.eventBytes : 0,
    watchlistEvents ? limits.watchlist * limits.userIdLen : 0,
  );
  // Most of it is JSON inside of JSON, whose quotes and backslashes are written as two.
  return 2 * longest + ENVELOPE > ROOMY;
}

/**
 * Tells the longest frame that is read, in bytes, as the apps are now.
 * @param most the relay's own bound, which holds while an app has wide bounds
 */
export function longestFrame(apps: Pick<Apps, 'list' | 'onChange'>, most: number): () => number {
  const wide = new Set<string>();
  watchApps(apps, (id, app) => {
    if (app !== undefined && isWide(app)) wide.add(id);
    else wide.delete(id);
  });
  return () => (wide.size > 0 ? most : Math.min(ROOMY, most));
}
