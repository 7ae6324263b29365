// Frames of the WebSocket protocol, version 7: reading what a client says, writing what it is told.
import { isObject } from '../../../shared/object.ts';
import type { Grant } from '../../channel/admission.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import type { Member } from '../../channel/presence.ts';

/** A frame of a client: an object with a name; nothing else of it is known yet. */
export interface ClientFrame {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Parses JSON; undefined for what is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes JSON; undefined for what `parse` has taken and is nested too deeply to be written. */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Reads a frame; undefined unless it is an object with the name of an event. */
export function readFrame(text: string): ClientFrame | undefined {
  const fields = parse(text);
  if (!isObject(fields)) return undefined;
  const { event } = fields;
  return typeof event === 'string' ? { event, fields } : undefined;
}

/** The data of a frame to the server, which may be an object or its JSON; empty when it is neither. */
export function dataOf({ fields }: ClientFrame): Readonly<Record<string, unknown>> {
  const { data } = fields;
  const value = typeof data === 'string' ? parse(data) : data;
  return isObject(value) ? value : {};
}

const text = JSON.stringify;

/** An event on a channel; `data` is text and stays text. */
function eventFrame(event: string, channel: string, data: string, userId?: string): string {
  const user = userId === undefined ? '' : `,"user_id":${text(userId)}`;
  return `{"event":${text(event)},"channel":${text(channel)},"data":${text(data)}${user}}`;
}

/** A notice that belongs to no channel. Its data is JSON, as text. */
function notice(event: string, data: string): string {
  return `{"event":${text(event)},"data":${text(data)}}`;
}

/** The first frame; the timeout is in whole seconds. */
export function established(socketId: string, activityTimeout: number): string {
  const data = `{"socket_id":"${socketId}","activity_timeout":${activityTimeout}}`;
  return notice('pusher:connection_established', data);
}

/** An error. Its data is an object: some clients read nothing else. A code is a number or null. */
export function errorFrame(code: number | null, message: string): string {
  return `{"event":"pusher:error","data":{"code":${code},"message":${text(message)}}}`;
}

export const PING = '{"event":"pusher:ping","data":{}}';
export const PONG = '{"event":"pusher:pong","data":{}}';

/** Why a subscription failed, as Laravel Echo and soketi's users know it. */
export interface SubscriptionError {
  readonly type: string;
  readonly error: string;
  readonly status: number;
}

/** The refusal as an event of the channel. */
export function subscriptionError(channel: string, error: SubscriptionError): string {
  return eventFrame('pusher:subscription_error', channel, text(error));
}

/** The success of a subscription; on presence channels with all members. */
export function subscriptionSucceeded({ channel, members }: Grant): string {
  return eventFrame('pusher_internal:subscription_succeeded', channel, members === undefined ? '{}' : roll(members));
}

/** Put together by hand, since a user may be called `__proto__`. */
function roll(members: ReadonlyMap<string, Member>): string {
  const ids: string[] = [];
  const hash: string[] = [];
  for (const [userId, { id, info }] of members) {
    ids.push(text(id));
    hash.push(`${text(userId)}:${info === undefined ? '{}' : text(info)}`);
  }
  return `{"presence":{"ids":[${ids.join(',')}],"hash":{${hash.join(',')}},"count":${members.size}}}`;
}

/** The channel keeps no last event. */
export function cacheMiss(channel: string): string {
  return eventFrame('pusher:cache_miss', channel, '{}');
}

/** webman's answer to an unsubscription; the protocol itself has none. */
export function unsubscriptionSucceeded(channel: string): string {
  return `{"event":"pusher_internal:unsubscription_succeeded","channel":${text(channel)},"data":{}}`;
}

/** `userData` stays the text that was signed. */
export function signinSuccess(userData: string): string {
  return notice('pusher:signin_success', text({ user_data: userData }));
}

/** An event of the channel core on this wire. `channel` is the subscription that brings it. */
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
