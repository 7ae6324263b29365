// The config slice of an app's limits.
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../channel/app.ts';
import { whole } from '../config/config-fields.ts';

const bound = (text: string, preset: number, max = 1_000_000) => whole(text, preset, 1, max);

const looseBound = (text: string, preset: number | null) =>
  z.int().min(1).max(1_000_000).nullable().default(preset).describe(`${text} Null for no limit.`);

const optionalBound = (text: string) => z.int().min(1).max(1_000_000).optional().describe(text);

/** Schema of `limits`. */
export const limitsConfig = z
  .strictObject({
    connections: z
      .int()
      .min(1)
      .nullable()
      .default(DEFAULT_LIMITS.connections)
      .describe('Open connections; null for no limit.'),
    retryWhenFull: z
      .boolean()
      .default(DEFAULT_LIMITS.retryWhenFull)
      .describe('Let clients beyond the limit of connections try again by themselves.'),
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
    channelsPerEvent: bound('Channels that one event may name.', DEFAULT_LIMITS.channelsPerEvent),
    batch: bound('Events of one batch.', DEFAULT_LIMITS.batch),
    presenceMembers: bound('Users of one presence channel.', DEFAULT_LIMITS.presenceMembers),
    presenceMemberBytes: bound('Bytes of one member as JSON.', DEFAULT_LIMITS.presenceMemberBytes),
    userIdLen: bound('Characters of a user id.', DEFAULT_LIMITS.userIdLen, 10_000),
    watchlist: bound('Users that one user may watch.', DEFAULT_LIMITS.watchlist),
    cachedEvents: bound('Last events kept for cache channels.', DEFAULT_LIMITS.cachedEvents),
    cacheTtlSec: bound('Seconds for which a last event is kept.', DEFAULT_LIMITS.cacheTtlSec),
    authSkewSec: bound('Seconds by which the clock of a publisher may be off.', DEFAULT_LIMITS.authSkewSec),
    activityTimeoutSec: optionalBound('Seconds of silence before a ping. Default: websocket.activityTimeout.'),
    pongTimeoutSec: optionalBound('Seconds to answer a ping. Default: websocket.pongTimeout.'),
  })
  .prefault({})
  .describe('Limits of the app.');
