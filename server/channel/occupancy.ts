// What the channel core needs from a backend that several nodes share: who is on which channel, over all nodes. On a single
// node, the channels themselves know. No implementation lives here.
import type { App } from './app.ts';
import type { CachedEvent } from './cached-events.ts';
import type { ChannelEvent } from './connection.ts';
import type { Member, MemberClaim } from './presence.ts';

/** A subscription that a node made for one of its sockets, as all nodes see it. */
export interface Joined {
  /** No other socket of any node is on the channel. */
  readonly firstOfChannel: boolean;
  /** On presence channels: no other socket of the user is. */
  readonly firstOfUser: boolean;
  /** If asked for: all members by user id, the new one included, in the order in which they came. */
  readonly members: ReadonlyMap<string, Member> | undefined;
  /** On cache channels: the last event. */
  readonly cached: ChannelEvent | undefined;
}

/** What happened on channels that this node has subscribers on, wherever it happened. */
export interface OccupancyNews {
  /** A channel of an app that wants counts has another number of subscribers. */
  counted(appId: string, channel: string, count: number): void;
  /**
   * Sockets of a device are there, or none is any more. It comes to the node that delivers to the device, also when another
   * socket joins, so that the device gets its backlog there.
   */
  device(appId: string, channel: string, isThere: boolean): void;
  /** Asks the sockets of this node on a channel, see `Channels.caughtUp`. */
  caughtUp(appId: string, channel: string): Promise<unknown> | undefined;
}

/**
 * The channels of all nodes. Promises reject with RelayError `unavailable` while the backend cannot be reached.
 *
 * Subscribers hear of members who come and go by events over the bus, with the types `member_added` and `member_removed`. A
 * node gets the event of a join before its own `join` resolves if the join came first.
 */
export interface Occupancy {
  /**
   * Counts a socket of this node. Resolves to `channel_full` if the channel has too many members; then nothing has changed.
   * @param socketId the socket, which is not told of its own member
   * @param member the member on presence channels; on others the user, if there is one
   * @param seesMembers whether the answer has the members of the channel, which may be many
   */
  join(
    app: App,
    channel: string,
    socketId: string,
    member: MemberClaim | undefined,
    seesMembers: boolean,
  ): Promise<Joined | 'channel_full'>;
  /** Takes a socket of this node out of the count. It is repeated until the backend has it. */
  leave(app: App, channel: string, userId: string | undefined): void;
  /**
   * Whether sockets of any node are on the channel of a device that this node delivers to. The answer is at once, and false
   * for all other channels.
   */
  isOccupied(appId: string, channel: string): boolean;
  /** Resolves when the sockets of all nodes on a channel have read what was sent to them. It may never settle. */
  caughtUp(appId: string, channel: string): Promise<void>;
  /** Names of all channels with subscribers that start with the prefix, except user channels. */
  occupied(appId: string, prefix: string): Promise<string[]>;
  channelCount(appId: string): Promise<number>;
  subscriptionCount(appId: string, channel: string): Promise<number>;
  members(appId: string, channel: string): Promise<ReadonlyMap<string, Member>>;
  userCount(appId: string, channel: string): Promise<number>;
  /** The ids of the members of a presence channel, or of the users on another one. */
  usersOn(appId: string, channel: string): Promise<string[]>;
  cached(appId: string, channel: string): Promise<CachedEvent | undefined>;
  /** Drops the cached events of an app that was removed. */
  forget(appId: string): void;
  /** Registers the one receiver of this node. */
  subscribe(news: OccupancyNews): void;
}

/** The signed-in users of all nodes. A user is online while a socket of any node is signed in, and for 3 s after. */
export interface SharedUsers {
  /** Counts a socket of this node that has signed in. Resolves to those of the watched users who are online. */
  signIn(appId: string, userId: string, watched: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes a socket of this node out of the count, with the users that it watched. It is repeated until the backend has it. */
  signOut(appId: string, userId: string, watched: readonly string[]): void;
  /** Resolves to those of the users who are online, and watches these users instead of `before`. */
  watch(appId: string, watched: readonly string[], before: readonly string[]): Promise<ReadonlySet<string>>;
  /** Registers the one receiver of this node: called when a user who is watched here comes or goes. */
  onChange(listener: (appId: string, userId: string, isOnline: boolean) => void): void;
}
