import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import type { ChannelEvent } from './connection.ts';

/** The last event of a channel, and for how many more seconds it is kept, rounded up. */
export interface CachedEvent {
  readonly event: ChannelEvent;
  readonly ttlSec: number;
}

/**
 * The last event of each of one app's cache channels. They outlive their channels. An app may change its limits at any
 * time, so they come with each event.
 */
export class CachedEvents {
  readonly #events: BoundedMap<string, ChannelEvent>;

  constructor(clock: Clock) {
    this.#events = new BoundedMap(clock, { maxEntries: 0 });
  }

  get size(): number {
    return this.#events.size;
  }

  /** Keeps the event as the last one of its channel. The oldest event of the app goes when there are too many. */
  keep(
    channel: string,
    event: ChannelEvent,
    limits: { readonly cacheTtlSec: number; readonly cachedEvents: number },
  ): void {
    this.#events.set(channel, event, { maxEntries: limits.cachedEvents, ttl: limits.cacheTtlSec * 1_000 });
  }

  /** The channel's last event, while it is fresh. */
  get(channel: string): CachedEvent | undefined {
    const event = this.#events.get(channel);
    return event && { event, ttlSec: Math.ceil((this.#events.remaining(channel) ?? 0) / 1_000) };
  }
}
