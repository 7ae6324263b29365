import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import type { ChannelEvent } from './connection.ts';

/** The last event of a channel, and how many seconds are left until it expires, rounded up. */
export interface CachedEvent {
  readonly event: ChannelEvent;
  readonly ttlSec: number;
}

/**
 * Keeps the last event of every cache channel of one app, even while the channel has no subscribers. An app can change its
 * limits at any time, so the caller passes them with each event.
 */
export class CachedEvents {
  readonly #events: BoundedMap<string, ChannelEvent>;

  constructor(clock: Clock) {
    this.#events = new BoundedMap(clock, { maxEntries: 0 });
  }

  get size(): number {
    return this.#events.size;
  }

  /** Stores the event as the channel's last. Drops the app's oldest event beyond `cachedEvents`. */
  keep(
    channel: string,
    event: ChannelEvent,
    limits: { readonly cacheTtlSec: number; readonly cachedEvents: number },
  ): void {
    this.#events.set(channel, event, { maxEntries: limits.cachedEvents, ttl: limits.cacheTtlSec * 1_000 });
  }

  /** The channel's last event; undefined when there is none or it has expired. */
  get(channel: string): CachedEvent | undefined {
    const event = this.#events.get(channel);
    return event && { event, ttlSec: Math.ceil((this.#events.remaining(channel) ?? 0) / 1_000) };
  }
}
