// The config slice of an app's limits.
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../channel/app.ts';
import { whole } from '../config/config-fields.ts';

const bound = (text: string, preset: number, max = 1_000_000) => whole(text, preset, 1, max);

const looseBound = (text: string, preset: number | null) =>
  z.int().min(1).max(1_000_000).nullable().default(preset).describe(`${text} With \`null\`, there is no limit.`);

const optionalBound = (text: string) => z.int().min(1).max(1_000_000).optional().describe(text);

/** Schema of `limits`. */
export const limitsConfig = z
  .strictObject({
    connections: z
      .int()
      .min(1)
      .nullable()
      .default(DEFAULT_LIMITS.connections)
      .describe('Open connections; `null`: no limit.'),
    retryWhenFull: z
      .boolean()
      .default(DEFAULT_LIMITS.retryWhenFull)
      .describe('Let clients over the limit of connections reconnect by themselves.'),
    subscriptions: bound('Channels of one connection.', DEFAULT_LIMITS.subscriptions),
    clientEventsPerSec: bound('Client events of one connection per second.', DEFAULT_LIMITS.clientEventsPerSec),
    eventsPerSec: looseBound(
      'Events per second over the HTTP API, counted once per channel.',
      DEFAULT_LIMITS.eventsPerSec,
    ),
    readsPerSec: looseBound('Reads per second over the HTTP API.', DEFAULT_LIMITS.readsPerSec),
    channelNameLen: bound('Characters of a channel name.', DEFAULT_LIMITS.channelNameLen, 10_000),
    eventNameLen: bound('Characters of an event name.', DEFAULT_LIMITS.eventNameLen, 10_000),
    eventBytes: bound('Bytes of the data of an event.', DEFAULT_LIMITS.eventBytes, 2 ** 26),
    channelsPerEvent: bound('Channels that one event may go to.', DEFAULT_LIMITS.channelsPerEvent),
    batch: bound('Events of one batch.', DEFAULT_LIMITS.batch),
    presenceMembers: bound('Users of one presence channel.', DEFAULT_LIMITS.presenceMembers),
    presenceMemberBytes: bound("Bytes of one member's JSON.", DEFAULT_LIMITS.presenceMemberBytes),
    userIdLen: bound('Characters of a user id.', DEFAULT_LIMITS.userIdLen, 10_000),
    watchlist: bound('Users that one user may watch.', DEFAULT_LIMITS.watchlist),
    cachedEvents: bound('Latest events kept for cache channels.', DEFAULT_LIMITS.cachedEvents),
    cacheTtlSec: bound('How many seconds a latest event is kept.', DEFAULT_LIMITS.cacheTtlSec),
    authSkewSec: bound("How many seconds a publisher's clock may be off.", DEFAULT_LIMITS.authSkewSec),
    activityTimeoutSec: optionalBound(
      'Seconds of silence before a ping. Without it, `websocket.activityTimeout` counts.',
    ),
    pongTimeoutSec: optionalBound('Seconds to answer a ping. Without it, `websocket.pongTimeout` counts.'),
  })
  .prefault({})
  .describe('Limits of the app.');
