// Publishes over the HTTP API: one event, a batch, an event to a user. Nothing is sent before everything is checked.

import { isObject } from '../../../../shared/object.ts';
import { RelayError } from '../../../base/errors.ts';
import { type MaybePromise, then } from '../../../base/maybe-promise.ts';
import type { App } from '../../../channel/app.ts';
import { checkChannelName, kindOfChannel, userChannel } from '../../../channel/channel-name.ts';
import type { Channels } from '../../../channel/channels.ts';
import { isUserId } from '../session/signin.ts';
import { type Parameters, readInfo } from './parameters.ts';
import type { PreparedRequest } from './request.ts';

/** An event that passed all checks. */
interface ReadyEvent {
  readonly name: string;
  readonly data: string;
  /** Without duplicates. */
  readonly channels: readonly string[];
  readonly except: string | undefined;
  /** The attributes of each channel that the answer lists. */
  readonly info: readonly string[];
}

const invalid = (text: string) => new RelayError('invalid', text);

function readName(app: App, name: unknown): string {
  if (typeof name !== 'string' || name === '') throw invalid('Required name');
  if (name.length > app.limits.eventNameLen) throw invalid(`name is longer than ${app.limits.eventNameLen} characters`);
  if (/^pusher(?:_internal)?:/.test(name)) throw invalid('names that begin with pusher: are reserved');
  return name;
}

/** The data as text. Some SDKs leave it out; `""` is valid data. */
function readData(data: unknown): string {
  if (typeof data === 'string') return data;
  if (data === undefined) return '';
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new RelayError('invalid', 'data is nested too deeply', { cause });
  }
}

function readChannels(app: App, { channels, channel }: Parameters, single: boolean): string[] {
  const { channelNameLen, channelsPerEvent } = app.limits;
  // Some SDKs send null for a parameter that is not given.
  const names: unknown = single ? [channel] : (channels ?? [channel]);
  if (!Array.isArray(names) || names.length === 0) throw invalid('expected channel or channels');
  if (names.length > channelsPerEvent) throw invalid(`an event may name at most ${channelsPerEvent} channels`);
  for (const name of names) {
    if (typeof name !== 'string') throw invalid('expected channel or channels');
    if (checkChannelName(name, channelNameLen) !== undefined) {
      throw invalid(`Invalid channel name: ${name.slice(0, 100)}`);
    }
  }
  return names.length > 1 ? [...new Set<string>(names)] : names;
}

/** The socket that must not get the event. */
function readExcept(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'string' || !/^\d+\.\d+$/.test(id)) throw invalid('Invalid socket_id');
  return id;
}

const COUNTS = ['user_count', 'subscription_count'];

function readEvent(app: App, parameters: Parameters, single: boolean): ReadyEvent {
  return {
    name: readName(app, parameters['name']),
    data: readData(parameters['data']),
    channels: readChannels(app, parameters, single),
    except: readExcept(parameters['socket_id']),
    info: readInfo(parameters['info'], COUNTS),
  };
}

function checkSize({ limits }: App, { data }: ReadyEvent): void {
  // A UTF-16 unit takes at most three bytes in UTF-8, so short texts need no counting.
  if (data.length * 3 <= limits.eventBytes || Buffer.byteLength(data) <= limits.eventBytes) return;
  throw new RelayError(
    'too_large',
    `The data content of this event exceeds the allowed maximum (${limits.eventBytes} bytes).`,
  );
}

/** What publishing needs from the channel core. */
export type PublishPorts = Pick<Channels, 'publish' | 'userCount' | 'subscriptionCount'>;

/** Publishes events that share their channels and the excluded socket. */
function publish(channels: PublishPorts, app: App, events: readonly ReadyEvent[]): MaybePromise<void> {
  const [{ channels: names, except } = { channels: [], except: undefined }] = events;
  const published = events.map(({ name, data }) => ({ type: 'event' as const, name, data }));
  return channels.publish(app, names, published, { except, cache: true });
}

/** Splits a batch into runs of events with the same channel and the same excluded socket, in order. */
function* runsOf(events: readonly ReadyEvent[]): Generator<readonly ReadyEvent[]> {
  let run: ReadyEvent[] = [];
  for (const event of events) {
    const [first = event] = run;
    if (event.channels[0] !== first.channels[0] || event.except !== first.except) {
      yield run;
      run = [];
    }
    run.push(event);
  }
  yield run;
}

/** Whether the API shows the number of subscribers. webman-push-server always does. */
export function countsSubscribers(app: App): boolean {
  return app.subscriptionCount || app.webman;
}

/** The requested counts of a channel. Leaves out counts that its kind does not have. User channels have none. */
export async function countsOf(channels: PublishPorts, app: App, channel: string, info: readonly string[]) {
  const counts: Record<string, number> = {};
  const { presence, user } = kindOfChannel(channel);
  if (info.includes('user_count') && presence) {
    counts['user_count'] = await channels.userCount(app, channel);
  }
  if (info.includes('subscription_count') && countsSubscribers(app) && !user) {
    counts['subscription_count'] = await channels.subscriptionCount(app, channel);
  }
  return counts;
}

/** Publishes one event to its channels. @throws RelayError when it is refused */
export function trigger(channels: PublishPorts, app: App, parameters: Parameters): PreparedRequest {
  const event = readEvent(app, parameters, false);
  checkSize(app, event);
  return {
    events: event.channels.length,
    run() {
      const published = publish(channels, app, [event]);
      if (event.info.length === 0) return then(published, () => ({}));
      return then(published, async () => {
        const counts = event.channels.map(async (name) => [name, await countsOf(channels, app, name, event.info)]);
        return { channels: Object.fromEntries(await Promise.all(counts)) };
      });
    },
  };
}

/** Publishes several events in order, or none of them. @throws RelayError when one is refused */
export function triggerBatch(channels: PublishPorts, app: App, { batch }: Parameters): PreparedRequest {
  if (!Array.isArray(batch) || batch.length === 0) throw invalid('Required batch');
  if (batch.length > app.limits.batch) {
    // The acceptance tests of the official SDKs look for the first words.
    throw invalid(`Batch too large: it may hold at most ${app.limits.batch} events`);
  }
  const events = batch.map((item: unknown) => {
    if (!isObject(item)) throw invalid('expected an array of objects as batch');
    return readEvent(app, item, true);
  });
  for (const event of events) checkSize(app, event);
  return {
    events: events.length,
    run() {
      let published: MaybePromise<unknown>;
      for (const run of runsOf(events)) published = then(published, () => publish(channels, app, run));
      if (events.every(({ info }) => info.length === 0)) return then(published, () => ({}));
      return then(published, async () => {
        const counts = events.map(({ channels: [name = ''], info }) => countsOf(channels, app, name, info));
        return { batch: await Promise.all(counts) };
      });
    },
  };
}

/** Publishes to the connections of one user. @throws RelayError when it is refused */
export function triggerUser(
  channels: PublishPorts,
  app: App,
  userId: string,
  { name, data }: Parameters,
): PreparedRequest {
  if (!isUserId(app, userId)) throw invalid('Invalid user id');
  const event = { name, data, channel: userChannel(userId) };
  return trigger(channels, { ...app, limits: { ...app.limits, channelNameLen: event.channel.length } }, event);
}
