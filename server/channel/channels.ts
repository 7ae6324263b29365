// Subscriptions: who is on which channels, and which notices and edges a change causes. Publishing is in publishing.ts.
import type { MaybePromise } from '../base/maybe-promise.ts';
import { checkSubscription, type Grant, type Refused, type SubscribeRefusal } from './admission.ts';
import type { App } from './app.ts';
import type { CachedEvent } from './cached-events.ts';
import { Channel } from './channel.ts';
import type { ChannelEvent, Connection, PublishedEvent } from './connection.ts';
import { type Edge, EdgeQueue } from './edges.ts';
import { type Member, type MemberClaim, memberText, userIdOf } from './presence.ts';
import { createPublishing, type PublishingPorts, type PublishOptions } from './publishing.ts';
import { SubscriptionCount } from './subscription-count.ts';

/** Options of a subscription. */
export interface SubscribeOptions {
  /** The member. Required on presence channels, ignored on others. */
  readonly member?: MemberClaim | undefined;
  /** On other channels: who subscribes, for `usersOn`. */
  readonly user?: string | undefined;
  /** Called with the grant before the subscriber gets anything else from the channel. Send the success frames here. */
  readonly greet?: ((grant: Grant) => void) | undefined;
  /** Whether to keep back what comes from the channel until `release`. */
  readonly hold?: boolean | undefined;
}

/**
 * The channels of all apps. The dialect checks who may subscribe or publish. On a single node, everything happens at once;
 * where nodes share a backend, what other nodes have to know comes as a promise, which rejects with RelayError `unavailable`
 * while the backend cannot be reached.
 * If a listener or `greet` throws, the change still stands and all other steps still run. Then the method that made the
 * change throws the error.
 */
export interface Channels {
  /**
   * Checks a subscription, makes it and calls `greet`. Then the other subscribers get `member_added`, all subscribers get the
   * new count if the app wants it, and listeners get the edges.
   */
  subscribe(
    app: App,
    connection: Connection,
    channel: string,
    options?: SubscribeOptions,
  ): MaybePromise<Grant | Refused<SubscribeRefusal>>;
  /** Ends one subscription. The connection gets nothing more from the channel. */
  unsubscribe(app: App, connection: Connection, channel: string): { readonly ok: true } | Refused<'not_subscribed'>;
  /** Ends all subscriptions of a connection, and refuses new ones. A second call does nothing. */
  disconnect(connection: Connection): void;
  /** The subscription of a connection, with its user id if it has one. Undefined when there is none. */
  subscription(app: App, connection: Connection, channel: string): { readonly userId: string | undefined } | undefined;
  /**
   * Sends one event or several, in order, to the subscribers on all nodes, once per distinct channel. Several events cost
   * each subscriber one write. Channel names are not checked.
   */
  publish(
    app: App,
    channels: readonly string[],
    events: PublishedEvent | readonly PublishedEvent[],
    options?: PublishOptions,
  ): MaybePromise<void>;
  /** Calls the listener for each edge, after the subscribers have been told. Returns a function that removes the listener. */
  onEdge(listener: (edge: Edge) => void): () => void;
  /** Runs a step after the listeners got the edges of all changes so far. Runs it at once when none are pending. */
  afterPendingEdges(step: () => void): void;
  /** Calls the listener for each count that subscribers get. Also for encrypted channels, whose subscribers get none. */
  onCount(listener: CountListener): () => void;
  /** Names of all channels that have subscribers and start with the prefix, except user channels. */
  occupied(app: Pick<App, 'id'>, prefix?: string): MaybePromise<string[]>;
  /** How many channels have subscribers, including user channels. Takes constant time. */
  channelCount(app: Pick<App, 'id'>): MaybePromise<number>;
  subscriptionCount(app: App, channel: string): MaybePromise<number>;
  /** Whether a channel has subscribers. Where nodes share a backend, only for the channels whose edges come to this node. */
  isOccupied(app: App, channel: string): boolean;
  /**
   * Asks the subscribers whether they have read everything sent to them so far. Resolves when all have. Undefined when all
   * of them are known to have read everything. Where nodes share a backend, it may never settle.
   */
  caughtUp(app: App, channel: string): Promise<unknown> | undefined;
  /** Distinct users of a presence channel; 0 for other channels. */
  userCount(app: App, channel: string): MaybePromise<number>;
  /** Members of a presence channel by user id. Live on a single node; empty for other channels. */
  members(app: App, channel: string): MaybePromise<ReadonlyMap<string, Member>>;
  /** The users who are subscribed to a channel, each once. */
  usersOn(app: App, channel: string): MaybePromise<string[]>;
  /**
   * The connections of a user on presence channels of this node, each once. Takes time in proportion to the app's channels.
   */
  connectionsOf(app: App, userId: string): Iterable<Connection>;
  cached(app: App, channel: string): MaybePromise<CachedEvent | undefined>;
  /** Drops the cached events of an app that was removed. */
  forget(appId: string): void;
  /** Leaves the bus and ends all timers. */
  close(): void;
}

/** Called with an app, a channel and its number of subscribers. */
export type CountListener = (app: App, channel: string, count: number) => void;

/** The channels of one node, which knows its own sockets at once. */
export interface LocalChannels<Published extends MaybePromise<void> = void> extends Channels {
  subscribe(
    app: App,
    connection: Connection,
    channel: string,
    options?: SubscribeOptions,
  ): Grant | Refused<SubscribeRefusal>;
  publish(
    app: App,
    channels: readonly string[],
    events: PublishedEvent | readonly PublishedEvent[],
    options?: PublishOptions,
  ): Published;
  occupied(app: Pick<App, 'id'>, prefix?: string): string[];
  channelCount(app: Pick<App, 'id'>): number;
  subscriptionCount(app: App, channel: string): number;
  userCount(app: App, channel: string): number;
  members(app: App, channel: string): ReadonlyMap<string, Member>;
  usersOn(app: App, channel: string): string[];
  cached(app: App, channel: string): CachedEvent | undefined;
  /**
   * Delivers what was kept back for a subscriber that joined with `hold`, without members who came or went before.
   * @param members those that the subscriber was told of
   */
  release(app: App, connection: Connection, channel: string, members: Iterable<string> | undefined): void;
  /** Tells the subscribers of this node how many there are on all nodes. */
  counted(appId: string, channel: string, count: number): void;
  /** Passes an edge on to the listeners. */
  edge(edge: Edge): void;
}

/** What {@link createChannels} needs. */
export interface ChannelsPorts<Published extends MaybePromise<void>> extends PublishingPorts<Published> {
  /**
   * Given where nodes share a backend, which then sees joins and leaves, tells of members and counts, and finds the edges.
   * Called when a connection has left a channel of this node.
   */
  readonly left?: ((app: App, channel: string, connection: Connection, userId: string | undefined) => void) | undefined;
}

const NO_MEMBERS: ReadonlyMap<string, Member> = new Map();

/** Creates the channels of a node and joins the bus. */
export function createChannels<Published extends MaybePromise<void>>(
  ports: ChannelsPorts<Published>,
): LocalChannels<Published> {
  const { clock, left } = ports;
  const isShared = left !== undefined;
  const channelsByApp = new Map<string, Map<string, Channel>>();
  /** The channels of each connection. Most connections have one, so it needs no set. */
  const subscriptions = new Map<Connection, Channel | Set<Channel>>();
  /** Connections that have ended. A subscription that is authorized too late must not outlive its connection. */
  const disconnected = new WeakSet<Connection>();
  const pending = new EdgeQueue();
  const countListeners = new Set<CountListener>();

  const find = (app: App, name: string) => channelsByApp.get(app.id)?.get(name);

  function open(app: App, name: string): Channel {
    let named = channelsByApp.get(app.id);
    if (named === undefined) {
      named = new Map();
      channelsByApp.set(app.id, named);
    }
    const channel = new Channel(app, name);
    named.set(name, channel);
    return channel;
  }

  function countOf(connection: Connection): number {
    const own = subscriptions.get(connection);
    return own instanceof Set ? own.size : own === undefined ? 0 : 1;
  }

  function join(connection: Connection, channel: Channel): void {
    const own = subscriptions.get(connection);
    if (own === undefined) subscriptions.set(connection, channel);
    else if (own instanceof Set) own.add(channel);
    else subscriptions.set(connection, new Set([own, channel]));
  }

  function countChanged(channel: Channel): void {
    const { app, kind } = channel;
    if (isShared || !app.subscriptionCount || kind.presence || kind.user) return;
    pending.queue(() => tellCount(channel, channel.connections.size));
  }

  function tellCount(channel: Channel, size: number): void {
    // The last subscriber may have left before this step.
    if (channel.connections.size === 0) return;
    channel.count ??= new SubscriptionCount(channel, clock, (count) => {
      for (const listener of countListeners) listener(channel.app, channel.name, count);
    });
    channel.count.changed(size);
  }

  /** Tells the other subscribers that a user came or left, then the listeners. */
  function memberChanged(type: 'member_added' | 'member_removed', channel: Channel, who: MemberClaim, except?: string) {
    if (isShared) return;
    const { app, name } = channel;
    const userId = userIdOf(who);
    const event: ChannelEvent = { type, channel: name, name: type, data: memberText(who), userId };
    pending.queue(() => channel.send([event], except));
    pending.edge({ type, app, channel: name, userId, info: who.info });
  }

  /** Removes the connection from the channel and queues the notices. The caller updates the connection's own list. */
  function leave(connection: Connection, channel: Channel): void {
    const { app, name, kind, connections } = channel;
    const userId = connections.get(connection);
    connections.delete(connection);
    const gone = userId === undefined ? undefined : channel.presence?.leave(userId);
    if (gone !== undefined) memberChanged('member_removed', channel, { id: gone.id });
    countChanged(channel);
    left?.(app, name, connection, userId);
    if (connections.size > 0) return;
    channel.count?.stop();
    const named = channelsByApp.get(app.id);
    named?.delete(name);
    if (named?.size === 0) channelsByApp.delete(app.id);
    if (!kind.user && !isShared) pending.edge({ type: 'vacated', app, channel: name });
  }

  const publishing = createPublishing(ports, (appId) => channelsByApp.get(appId));

  return {
    subscribe(app, connection, name, { member, user: userId, greet, hold } = {}) {
      if (disconnected.has(connection)) return { ok: false, reason: 'disconnected' };
      const known = find(app, name);
      const own = { isSubscribed: known?.connections.has(connection) === true, count: countOf(connection) };
      const reason = checkSubscription(app, name, known, own, member);
      if (reason !== undefined) return { ok: false, reason };

      const channel = known ?? open(app, name);
      const { kind, presence } = channel;
      const user = presence === undefined ? undefined : member;
      channel.app = app;
      channel.connections.set(connection, presence === undefined ? userId : user && userIdOf(user));
      join(connection, channel);
      if (hold === true) channel.hold(connection);
      const firstOfUser = user !== undefined && presence?.join(user) === true;

      const grant: Grant = {
        ok: true,
        channel: name,
        kind,
        firstOfChannel: known === undefined,
        firstOfUser,
        members: presence?.members,
        cached: kind.cacheable ? (publishing.cached(app, name)?.event ?? 'miss') : undefined,
      };
      if (grant.firstOfChannel && !kind.user && !isShared) pending.edge({ type: 'occupied', app, channel: name });
      countChanged(channel);
      if (firstOfUser) memberChanged('member_added', channel, user, connection.id);
      pending.run(greet && (() => greet(grant)));
      return grant;
    },

    unsubscribe(app, connection, name) {
      const channel = find(app, name);
      if (channel?.connections.has(connection) !== true) return { ok: false, reason: 'not_subscribed' };
      const own = subscriptions.get(connection);
      if (own instanceof Set && own.size > 1) own.delete(channel);
      else subscriptions.delete(connection);
      leave(connection, channel);
      pending.run();
      return { ok: true };
    },

    disconnect(connection) {
      disconnected.add(connection);
      const own = subscriptions.get(connection);
      if (own === undefined) return;
      subscriptions.delete(connection);
      for (const channel of own instanceof Set ? own : [own]) leave(connection, channel);
      pending.run();
    },

    subscription(app, connection, name) {
      const channel = find(app, name);
      return channel?.connections.has(connection) ? { userId: channel.connections.get(connection) } : undefined;
    },

    publish: publishing.publish,

    onEdge: (listener) => pending.listen(listener),

    afterPendingEdges(step) {
      pending.queue(step);
      pending.run();
    },

    onCount(listener) {
      countListeners.add(listener);
      return () => countListeners.delete(listener);
    },

    occupied(app, prefix = '') {
      const names: string[] = [];
      for (const { name, kind } of channelsByApp.get(app.id)?.values() ?? [])
        if (!kind.user && name.startsWith(prefix)) names.push(name);
      return names;
    },

    channelCount: (app) => channelsByApp.get(app.id)?.size ?? 0,
    subscriptionCount: (app, name) => find(app, name)?.connections.size ?? 0,
    isOccupied: (app, name) => find(app, name) !== undefined,
    caughtUp(app, name) {
      const asked: Promise<void>[] = [];
      for (const connection of find(app, name)?.connections.keys() ?? []) {
        const answer = connection.caughtUp?.();
        if (answer !== undefined) asked.push(answer);
      }
      return asked.length === 0 ? undefined : Promise.all(asked);
    },
    userCount: (app, name) => find(app, name)?.presence?.members.size ?? 0,
    members: (app, name) => find(app, name)?.presence?.members ?? NO_MEMBERS,
    usersOn(app, name) {
      const users = new Set<string>();
      for (const userId of find(app, name)?.connections.values() ?? []) if (userId !== undefined) users.add(userId);
      return [...users];
    },
    connectionsOf(app, userId) {
      const found = new Set<Connection>();
      for (const channel of channelsByApp.get(app.id)?.values() ?? []) {
        if (channel.presence?.members.has(userId) !== true) continue;
        for (const [connection, member] of channel.connections) if (member === userId) found.add(connection);
      }
      return found;
    },
    cached: publishing.cached,
    forget: publishing.forget,

    release: (app, connection, name, members) => find(app, name)?.release(connection, members),
    counted(appId, name, count) {
      const channel = channelsByApp.get(appId)?.get(name);
      if (channel !== undefined) tellCount(channel, count);
    },
    edge(edge) {
      pending.edge(edge);
      pending.run();
    },

    close() {
      publishing.close();
      for (const named of channelsByApp.values()) for (const { count } of named.values()) count?.stop();
    },
  };
}
