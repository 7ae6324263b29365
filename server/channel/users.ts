// Signed-in users, and who watches whom.
import type { Clock, Timer } from '../base/clock.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';
import type { App } from './app.ts';
import type { ChannelEvent, Connection } from './connection.ts';
import type { SharedUsers } from './occupancy.ts';

/** How long, in ms, a user counts as online after the last connection has ended. Most clients reconnect at once. */
export const OFFLINE_AFTER_MS = 3_000;

/** Which of the watched users are online. */
export interface WatchState {
  readonly online: readonly string[];
  readonly offline: readonly string[];
}

/** The signed-in users of all apps, and their watchers. */
export interface Users<Peer extends Connection = Connection> {
  /**
   * Signs a connection in as a user. `watchlist` replaces the users that the connection watched before. If the user was
   * offline, those who watch the user are told.
   * @returns the state of the watched users, which the caller sends to the connection
   */
  signIn(app: App, connection: Peer, userId: string, watchlist: readonly string[]): MaybePromise<WatchState>;
  /** Undoes `signIn`. Does nothing for a connection that is not signed in. */
  signOut(connection: Peer): void;
  /** The connections of a user on this node. */
  connections(app: App, userId: string): Peer[];
  /** Ends all timers. */
  close(): void;
}

interface SignedIn {
  readonly key: string;
  readonly app: App;
  readonly userId: string;
  watched: readonly string[];
}

/** A key per app and user. App ids have no line breaks, so keys are unique. */
const keyOf = (appId: string, userId: string) => `${appId}\n${userId}`;

/** The event that tells watchers about a change. It belongs to no channel, so `channel` is empty. */
export function watchEvent({ online, offline }: WatchState): ChannelEvent {
  const events = [
    ...(online.length > 0 ? [{ name: 'online', user_ids: online }] : []),
    ...(offline.length > 0 ? [{ name: 'offline', user_ids: offline }] : []),
  ];
  return { type: 'watchlist', channel: '', name: 'watchlist', data: JSON.stringify({ events }) };
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): Set<T> {
  const set = sets.get(key) ?? new Set<T>();
  set.add(value);
  sets.set(key, set);
  return set;
}

function takeFrom<T>(sets: Map<string, Set<T>>, key: string, value: T): boolean {
  const set = sets.get(key);
  set?.delete(value);
  if (set === undefined || set.size > 0) return false;
  sets.delete(key);
  return true;
}

/** The signed-in users of a single node, which knows at once who is online. */
export interface LocalUsers<Peer extends Connection> extends Users<Peer> {
  signIn(app: App, connection: Peer, userId: string, watchlist: readonly string[]): WatchState;
}

/**
 * Creates the users of a node.
 * @param shared who is online on all nodes, if nodes share a backend
 */
export function createUsers<Peer extends Connection>(clock: Clock): LocalUsers<Peer>;
export function createUsers<Peer extends Connection>(clock: Clock, shared: SharedUsers | undefined): Users<Peer>;
export function createUsers<Peer extends Connection>(clock: Clock, shared?: SharedUsers): Users<Peer> {
  const online = new Map<string, Set<Peer>>();
  const watchers = new Map<string, Set<Peer>>();
  const leaving = new Map<string, Timer>();
  const signedIn = new Map<Peer, SignedIn>();

  const isOnline = (key: string) => online.has(key) || leaving.has(key);

  function tell(key: string, state: WatchState): void {
    const watching = watchers.get(key);
    if (watching === undefined) return;
    const events = [watchEvent(state)];
    for (const watcher of watching) watcher.deliver(events, '');
  }

  shared?.onChange((appId, userId, isNow) => {
    const state = isNow ? { online: [userId], offline: [] } : { online: [], offline: [userId] };
    tell(keyOf(appId, userId), state);
  });

  /** Which of the watched users are online, as the nodes know together. */
  function askShared(users: SharedUsers, now: SignedIn, before: SignedIn | undefined): Promise<ReadonlySet<string>> {
    const { app, userId, watched } = now;
    return before === undefined ? users.signIn(app.id, userId, watched) : users.watch(app.id, watched, before.watched);
  }

  function watch(connection: Peer, { app, watched }: SignedIn): void {
    for (const userId of watched) addTo(watchers, keyOf(app.id, userId), connection);
  }

  function unwatch(connection: Peer, { app, watched }: SignedIn): void {
    for (const userId of watched) takeFrom(watchers, keyOf(app.id, userId), connection);
  }

  function arrive(key: string, userId: string, connection: Peer): void {
    const wasOnline = isOnline(key);
    clock.clearTimeout(leaving.get(key));
    leaving.delete(key);
    addTo(online, key, connection);
    if (!wasOnline && shared === undefined) tell(key, { online: [userId], offline: [] });
  }

  return {
    signIn(app, connection, userId, watchlist) {
      const key = keyOf(app.id, userId);
      const before = signedIn.get(connection);
      if (before !== undefined) unwatch(connection, before);
      else arrive(key, userId, connection);
      const now: SignedIn = { key, app, userId, watched: [...new Set(watchlist)] };
      signedIn.set(connection, now);
      watch(connection, now);
      const stateOf = (isThere: (watched: string) => boolean): WatchState => ({
        online: now.watched.filter(isThere),
        offline: now.watched.filter((watched) => !isThere(watched)),
      });
      if (shared === undefined) return stateOf((watched) => isOnline(keyOf(app.id, watched)));
      return askShared(shared, now, before).then((there) => stateOf((watched) => there.has(watched)));
    },

    signOut(connection) {
      const before = signedIn.get(connection);
      if (before === undefined) return;
      signedIn.delete(connection);
      unwatch(connection, before);
      const { key, userId } = before;
      const wasLast = takeFrom(online, key, connection);
      shared?.signOut(before.app.id, userId, before.watched);
      if (!wasLast || shared !== undefined) return;
      const timer = clock.setTimeout(() => {
        leaving.delete(key);
        tell(key, { online: [], offline: [userId] });
      }, OFFLINE_AFTER_MS);
      leaving.set(key, timer);
    },

    connections: (app, userId) => [...(online.get(keyOf(app.id, userId)) ?? [])],

    close() {
      for (const timer of leaving.values()) clock.clearTimeout(timer);
      leaving.clear();
    },
  };
}
