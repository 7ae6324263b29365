// Checks the signature of a subscription and reads the member. The channel core makes all other checks.

import { isObject } from '../../../../shared/object.ts';
import { type App, activeSecret } from '../../../channel/app.ts';
import { type ChannelKind, userOfChannel } from '../../../channel/channel-name.ts';
import type { MemberClaim } from '../../../channel/presence.ts';
import { parse, toJson } from '../frames.ts';
import { authFailure, quote, quoteDigest, quoteKey, type SubscriptionRefusal } from '../refusals.ts';
import { channelText, checkAuth } from '../signature.ts';

/** A user that a connection has signed in as. */
export interface User {
  readonly id: string;
  readonly info: unknown;
}

/** The socket that subscribes, and its user if it has signed in. */
export interface Subscriber {
  readonly app: App;
  readonly socketId: string;
  readonly user: User | undefined;
}

/** A subscription that is allowed. On presence channels it has a member. */
export interface Authorized {
  readonly member: MemberClaim | undefined;
}

const NO_MEMBER: Authorized = { member: undefined };

/** Checks whatever the kind of channel requires. */
export function authorize(
  { app, socketId, user }: Subscriber,
  channel: string,
  kind: ChannelKind,
  data: Readonly<Record<string, unknown>>,
): Authorized | SubscriptionRefusal {
  if (kind.user) {
    if (user !== undefined && userOfChannel(channel) === user.id) return NO_MEMBER;
    return authFailure('The channel of a user is open to connections that have signed in as that user');
  }
  if (!kind.private) return NO_MEMBER;
  const signed = readChannelData(app, data['channel_data']);
  if (signed === undefined) return authFailure('Invalid channel_data: expected a JSON string');
  const text = channelText(socketId, channel, signed.text);
  const checked = checkAuth((key) => activeSecret(app, key), data['auth'], text);
  if (checked === 'key') return authFailure(`Invalid key in subscription auth data: '${quoteKey(data['auth'])}'`);
  if (checked === 'digest') {
    const message = `Invalid signature: Expected HMAC SHA256 hex digest of ${quote(text)}, but got ${quoteDigest(data['auth'])}`;
    return authFailure(message, 'Invalid signature');
  }
  return kind.presence ? memberOf(signed, user) : NO_MEMBER;
}

/** What a client sent as channel_data. `text` is how the signature covers it. Both are undefined when nothing was sent. */
interface ChannelData {
  readonly text: string | undefined;
  readonly value: unknown;
}

/** Reads channel_data. webman's clients send an object and sign its JSON as PHP writes it. */
function readChannelData(app: App, sent: unknown): ChannelData | undefined {
  if (sent === undefined || sent === null) return { text: undefined, value: undefined };
  if (typeof sent === 'string') return { text: sent, value: parse(sent) };
  const text = app.webman && isObject(sent) ? phpJson(sent) : undefined;
  return text === undefined ? undefined : { text, value: sent };
}

/** The member in channel_data or, without any, the user that the connection has signed in as. */
function memberOf({ text, value }: ChannelData, user: User | undefined): Authorized | SubscriptionRefusal {
  // Without either, the channel core refuses the subscription.
  if (text === undefined) return { member: user === undefined ? undefined : claim(user.id, user.info) };
  const id = isObject(value) ? value['user_id'] : undefined;
  if (!isObject(value) || (typeof id !== 'string' && typeof id !== 'number')) {
    return authFailure('Invalid channel_data: expected a user_id');
  }
  return { member: claim(id, value['user_info']) };
}

function claim(id: string | number, info: unknown): MemberClaim {
  return info === undefined ? { id } : { id, info };
}

/**
 * Writes an object as PHP's json_encode does: keys sorted, slashes escaped, other characters unescaped. Undefined when it is
 * nested too deeply.
 */
export function phpJson(value: Readonly<Record<string, unknown>>): string | undefined {
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const parts: string[] = [];
  for (const [key, item] of sorted) {
    const json = toJson(item);
    if (json === undefined) return undefined;
    parts.push(`${JSON.stringify(key)}:${json}`);
  }
  return `{${parts.join(',')}}`.replace(/[/\u2028\u2029]/g, (character) =>
    character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
