import type { App } from './app.ts';
import type { Channel } from './channel.ts';
import { type ChannelKind, checkChannelName, kindOfChannel, type NameRefusal } from './channel-name.ts';
import type { ChannelEvent } from './connection.ts';
import { checkMember, type Member, type MemberClaim, type MemberRefusal, userIdOf } from './presence.ts';

/** Why a subscription is refused; nothing has changed then. `disconnected`: the connection was there and left. */
export type SubscribeRefusal =
  | NameRefusal
  | MemberRefusal
  | 'disconnected'
  | 'exists'
  | 'too_many_subscriptions'
  | 'channel_full';

/** A refusal, for the dialect to word. */
export interface Refused<Reason> {
  readonly ok: false;
  readonly reason: Reason;
}

/** A subscription that was made, with what a joiner is told. */
export interface Grant {
  readonly ok: true;
  readonly channel: string;
  readonly kind: ChannelKind;
  /** This connection occupied the channel. */
  readonly firstOfChannel: boolean;
  /** On presence channels: this is the user's first connection. */
  readonly firstOfUser: boolean;
  /** On presence channels all members by user id, the joiner included. Live: read it before the next change. */
  readonly members: ReadonlyMap<string, Member> | undefined;
  /** On cache channels the last event, or `miss` when none is kept. */
  readonly cached: ChannelEvent | 'miss' | undefined;
}

/**
 * Finds what speaks against a subscription: form, repetition, bounds.
 * @param channel the channel of that name, if it has subscribers
 * @param own the channels of the connection so far
 */
export function checkSubscription(
  { limits }: App,
  name: string,
  channel: Channel | undefined,
  own: ReadonlyMap<Channel, unknown> | undefined,
  claim: MemberClaim | undefined,
): Exclude<SubscribeRefusal, 'disconnected'> | undefined {
  const badName = checkChannelName(name, limits.channelNameLen);
  if (badName !== undefined) return badName;
  if (channel !== undefined && own?.has(channel)) return 'exists';
  if (own !== undefined && own.size >= limits.subscriptions) return 'too_many_subscriptions';
  if (!kindOfChannel(name).presence) return undefined;
  if (claim === undefined) return 'member_missing';
  const badMember = checkMember(claim, limits);
  if (badMember !== undefined) return badMember;
  const members = channel?.presence?.members;
  // A further connection of a member takes no new place.
  const full = (members?.size ?? 0) >= limits.presenceMembers && !members?.has(userIdOf(claim));
  return full ? 'channel_full' : undefined;
}
