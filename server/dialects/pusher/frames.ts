// Reads and writes the frames of Pusher's WebSocket protocol, version 7.
import { isObject } from '../../../shared/object.ts';
import type { Grant } from '../../channel/admission.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import type { Member } from '../../channel/presence.ts';

/** A frame of a client: an object with an event name. Its other fields are not checked yet. */
export interface ClientFrame {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Parses JSON; undefined for text that is not JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes JSON; undefined when the value is nested too deeply. JSON.parse accepts deeper nesting than JSON.stringify. */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Reads a frame; undefined unless it is an object with an event name. */
export function readFrame(text: string): ClientFrame | undefined {
  const fields = parse(text);
  if (!isObject(fields)) return undefined;
  const { event } = fields;
  return typeof event === 'string' ? { event, fields } : undefined;
}

/** The data of a client's frame, sent as an object or as its JSON; empty for anything else. */
export function dataOf({ fields }: ClientFrame): Readonly<Record<string, unknown>> {
  const { data } = fields;
  const value = typeof data === 'string' ? parse(data) : data;
  return isObject(value) ? value : {};
}

const text = JSON.stringify;

/** Writes an event on a channel. `data` is text and stays text. */
function eventFrame(event: string, channel: string, data: string, userId?: string): string {
  const user = userId === undefined ? '' : `,"user_id":${text(userId)}`;
  return `{"event":${text(event)},"channel":${text(channel)},"data":${text(data)}${user}}`;
}

/** Writes an event without a channel. @param data JSON, which is sent as text */
function notice(event: string, data: string): string {
  return `{"event":${text(event)},"data":${text(data)}}`;
}

/** The first frame of a connection. @param activityTimeout in whole seconds */
export function established(socketId: string, activityTimeout: number): string {
  const data = `{"socket_id":"${socketId}","activity_timeout":${activityTimeout}}`;
  return notice('pusher:connection_established', data);
}

/** An error. The data is an object and the code is a number or null, because some clients fail on anything else. */
export function errorFrame(code: number | null, message: string): string {
  return `{"event":"pusher:error","data":{"code":${code},"message":${text(message)}}}`;
}

export const PING = '{"event":"pusher:ping","data":{}}';
export const PONG = '{"event":"pusher:pong","data":{}}';

/** Why a subscription failed, in the form that soketi introduced and Laravel Echo reads. */
export interface SubscriptionError {
  readonly type: string;
  readonly error: string;
  readonly status: number;
}

/** The refusal of a subscription, as an event on its channel. */
export function subscriptionError(channel: string, error: SubscriptionError): string {
  return eventFrame('pusher:subscription_error', channel, text(error));
}

/** The success of a subscription. On presence channels it lists all members. */
export function subscriptionSucceeded({ channel, members }: Grant): string {
  return eventFrame(
    'pusher_internal:subscription_succeeded',
    channel,
    members === undefined ? '{}' : memberList(members),
  );
}

/** Writes the members. It builds the JSON by hand, because a user may be called `__proto__`. */
function memberList(members: ReadonlyMap<string, Member>): string {
  const ids: string[] = [];
  const hash: string[] = [];
  for (const [userId, { id, info }] of members) {
    ids.push(text(id));
    hash.push(`${text(userId)}:${info === undefined ? '{}' : text(info)}`);
  }
  return `{"presence":{"ids":[${ids.join(',')}],"hash":{${hash.join(',')}},"count":${members.size}}}`;
}

/** Tells a new subscriber that the cache channel has no last event. */
export function cacheMiss(channel: string): string {
  return eventFrame('pusher:cache_miss', channel, '{}');
}

/** webman's answer to an unsubscription. Pusher's protocol has no such answer. */
export function unsubscriptionSucceeded(channel: string): string {
  return `{"event":"pusher_internal:unsubscription_succeeded","channel":${text(channel)},"data":{}}`;
}

/** The success of a signin. @param userData the very text that was signed */
export function signinSuccess(userData: string): string {
  return notice('pusher:signin_success', text({ user_data: userData }));
}

/** Writes an event of the channel core. @param channel the subscription through which it arrives */
export function encode({ type, name, data, userId }: ChannelEvent, channel: string): string {
  switch (type) {
    case 'event':
      return eventFrame(name, channel, data, userId);
    case 'watchlist':
      return notice('pusher_internal:watchlist_events', data);
    default:
      return eventFrame(`pusher_internal:${type}`, channel, data);
  }
}
