// The longest frame that a socket may send. The bound is needed before the app of the socket is known.
import type { App } from '../../../channel/app.ts';
import type { Apps } from '../../../channel/apps.ts';
import { watchApps } from '../watch-apps.ts';

/** Enough bytes for any frame within the limits of hosted Pusher. */
const ROOMY = 65_536;
/** Bytes of a frame around its data. */
const ENVELOPE = 4_096;

/** Whether the limits of an app allow longer frames. */
function isWide({ clientEvents, watchlistEvents, limits }: App): boolean {
  const longest = Math.max(
    limits.presenceMemberBytes,
    clientEvents ? limits.eventBytes : 0,
    watchlistEvents ? limits.watchlist * limits.userIdLen : 0,
  );
  // Most of the data is JSON inside JSON, where a quote or backslash takes two bytes.
  return 2 * longest + ENVELOPE > ROOMY;
}

/**
 * Returns a function that returns the longest frame in bytes, for the apps that exist when it is called.
 * @param most the relay's own bound, which applies while some app has wide limits
 */
export function longestFrame(apps: Pick<Apps, 'list' | 'onChange'>, most: number): () => number {
  const wide = new Set<string>();
  watchApps(apps, (id, app) => {
    if (app !== undefined && isWide(app)) wide.add(id);
    else wide.delete(id);
  });
  return () => (wide.size > 0 ? most : Math.min(ROOMY, most));
}
