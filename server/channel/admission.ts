// Decides whether a subscription is allowed. The dialect checks its signature.
import type { App } from './app.ts';
import type { Channel } from './channel.ts';
import { type ChannelKind, checkChannelName, kindOfChannel, type NameRefusal } from './channel-name.ts';
import type { ChannelEvent } from './connection.ts';
import { checkMember, type Member, type MemberClaim, type MemberRefusal, userIdOf } from './presence.ts';

/** Why a subscription is refused. A refusal changes nothing. `disconnected`: the connection has ended. */
export type SubscribeRefusal =
  | NameRefusal
  | MemberRefusal
  | 'disconnected'
  | 'exists'
  | 'too_many_subscriptions'
  | 'channel_full';

/** A refusal. The dialect turns the reason into text. */
export interface Refused<Reason> {
  readonly ok: false;
  readonly reason: Reason;
}

/** A successful subscription, with what the dialect tells the subscriber. */
export interface Grant {
  readonly ok: true;
  readonly channel: string;
  readonly kind: ChannelKind;
  /** This connection is the only subscriber. */
  readonly firstOfChannel: boolean;
  /** On presence channels: this is the user's first connection on the channel. */
  readonly firstOfUser: boolean;
  /**
   * On presence channels: all members by user id, the new one included. Live, so read it before the next change. Where nodes
   * share a backend, undefined for subscriptions that no one greets.
   */
  readonly members: ReadonlyMap<string, Member> | undefined;
  /** On cache channels: the last event, or `miss` when none is kept. */
  readonly cached: ChannelEvent | 'miss' | undefined;
}

/** What a connection is subscribed to. */
export interface OwnChannels {
  /** Whether the channel is one of them. */
  readonly isSubscribed: boolean;
  readonly count: number;
}

/**
 * Checks the name, whether the connection is subscribed already, the member and the limits. Undefined when all is well.
 * @param channel the channel of that name, if it has subscribers
 * @param own what the connection is subscribed to; undefined for nothing
 */
export function checkSubscription(
  { limits }: App,
  name: string,
  channel: Channel | undefined,
  own: OwnChannels | undefined,
  claim: MemberClaim | undefined,
): Exclude<SubscribeRefusal, 'disconnected'> | undefined {
  const badName = checkChannelName(name, limits.channelNameLen);
  if (badName !== undefined) return badName;
  if (own?.isSubscribed) return 'exists';
  if (own !== undefined && own.count >= limits.subscriptions) return 'too_many_subscriptions';
  if (!kindOfChannel(name).presence) return undefined;
  if (claim === undefined) return 'member_missing';
  const badMember = checkMember(claim, limits);
  if (badMember !== undefined) return badMember;
  const members = channel?.presence?.members;
  // Another connection of a member does not add a member.
  const full = (members?.size ?? 0) >= limits.presenceMembers && !members?.has(userIdOf(claim));
  return full ? 'channel_full' : undefined;
}
