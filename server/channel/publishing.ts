// Carries events from publishers over the bus to every node, and on each node to the subscribers. Cache channels keep the
// last event.

import type { Clock } from '../base/clock.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';
import type { Bus, Envelope } from '../bus.ts';
import type { App } from './app.ts';
import { type CachedEvent, CachedEvents } from './cached-events.ts';
import type { Channel } from './channel.ts';
import { kindOfChannel } from './channel-name.ts';
import type { ChannelEvent, PublishedEvent } from './connection.ts';
import type { EventTap } from './event-tap.ts';

/** Counts events for the metrics. */
export interface ChannelMeter {
  /** Events were published on this node. Only for apps that exist or have subscribers, so that made-up ids cannot pile up. */
  published(appId: string, count: number): void;
  /** Events were delivered on this node; each event counts once per subscription. */
  delivered(appId: string, count: number): void;
}

/** Options of one publication. */
export interface PublishOptions {
  /** Socket id that does not get the events. An unknown id excludes no one. */
  readonly except?: string | undefined;
  /** Whether cache channels keep the last event for later subscribers. */
  readonly cache?: boolean | undefined;
}

/** What publishing needs. */
export interface PublishingPorts<Published extends MaybePromise<void> = MaybePromise<void>> {
  readonly apps: { byId(id: string): App | undefined };
  readonly bus: Bus<PublishedEvent, Published>;
  readonly clock: Clock;
  /** Undefined when metrics are off. */
  readonly meter?: ChannelMeter | undefined;
  /** Who watches the events of apps. */
  readonly tap?: EventTap | undefined;
  /** Whether the backend keeps the last events of cache channels, for all nodes. */
  readonly keepsCache?: boolean | undefined;
}

const isList = (events: PublishedEvent | readonly PublishedEvent[]): events is readonly PublishedEvent[] =>
  Array.isArray(events);

const isNamed = (event: PublishedEvent): event is ChannelEvent => event.channel !== undefined;

/** Fills in the channel of an event that names none. Field by field, because V8 is slow with the objects that a spread makes. */
function namedEvent(event: PublishedEvent, channel: string): ChannelEvent {
  if (isNamed(event)) return event;
  const { type, name, data, userId } = event;
  return userId === undefined ? { type, channel, name, data } : { type, channel, name, data, userId };
}

/** Fills in the channel of events that name none. Returns the same array if every event names one already. */
function namedEvents(events: readonly PublishedEvent[], channel: string): readonly ChannelEvent[] {
  return events.every(isNamed) ? events : events.map((event) => namedEvent(event, channel));
}

/**
 * Creates the publishing of a node and joins the bus.
 * @param open returns the channels of an app that have subscribers, by name
 */
export function createPublishing<Published extends MaybePromise<void>>(
  { apps, bus, clock, meter, tap, keepsCache = false }: PublishingPorts<Published>,
  open: (appId: string) => ReadonlyMap<string, Channel> | undefined,
) {
  const cacheByApp = new Map<string, CachedEvents>();

  const isKnown = ({ id }: App) => apps.byId(id) !== undefined || open(id) !== undefined;

  function fanOut({ app: appId, channels, events, except, cache }: Envelope<PublishedEvent>): void {
    const subscribed = open(appId);
    const app = cache === true && !keepsCache ? apps.byId(appId) : undefined;
    for (const name of channels) {
      const channel = subscribed?.get(name);
      const keepFor = app !== undefined && kindOfChannel(name).cacheable ? app : undefined;
      if (channel === undefined && keepFor === undefined) continue;
      const named = namedEvents(events, name);
      const last = named.at(-1);
      if (keepFor !== undefined && last !== undefined) keep(keepFor, name, last);
      const count = channel?.send(named, except);
      if (count !== undefined) meter?.delivered(appId, count * events.length);
    }
  }

  function keep(app: App, name: string, event: ChannelEvent): void {
    let cache = cacheByApp.get(app.id);
    if (cache === undefined) {
      cache = new CachedEvents(clock);
      cacheByApp.set(app.id, cache);
    }
    cache.keep(name, event, app.limits);
  }

  return {
    publish(
      app: App,
      names: readonly string[],
      events: PublishedEvent | readonly PublishedEvent[],
      { except, cache }: PublishOptions = {},
    ): Published {
      const channels = names.length > 1 ? [...new Set(names)] : names;
      const several = isList(events) ? events : [events];
      if (meter !== undefined && isKnown(app)) meter.published(app.id, several.length);
      if (tap?.isWatched === true) tap.tell(app.id, channels, several);
      const envelope = { app: app.id, channels, events: several, except, cache };
      return bus.publish(keepsCache && cache === true ? { ...envelope, keep: apps.byId(app.id)?.limits } : envelope);
    },
    /** The last event of a cache channel; undefined when there is none or it has expired. */
    cached: (app: App, name: string): CachedEvent | undefined => cacheByApp.get(app.id)?.get(name),
    /** Drops the cached events of a removed app. */
    forget: (appId: string) => void cacheByApp.delete(appId),
    /** Leaves the bus. */
    close: bus.subscribe(fanOut),
  };
}
