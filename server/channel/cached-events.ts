import type { Clock } from '../base/clock.ts';
import type { ChannelEvent } from './connection.ts';

/** An event kept for those who subscribe later, and for how many more seconds, rounded up. */
export interface CachedEvent {
  readonly event: ChannelEvent;
  readonly ttlSec: number;
}

/** The last events of one app's cache channels; they outlive the channels. Bounded in number and age, without timers. */
export class CachedEvents {
  readonly #clock: Clock;
  /** Oldest first: a channel's entry moves to the end with each event. */
  readonly #entries = new Map<string, { event: ChannelEvent; expires: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps the event as the channel's last one; drops what expired, then the oldest beyond the bound. */
  keep(
    channel: string,
    event: ChannelEvent,
    limits: { readonly cacheTtlSec: number; readonly cachedEvents: number },
  ): void {
    const now = this.#clock.now();
    this.#entries.delete(channel);
    this.#entries.set(channel, { event, expires: now + limits.cacheTtlSec * 1_000 });
    for (const [oldest, { expires }] of this.#entries) {
      if (expires > now && this.#entries.size <= limits.cachedEvents) return;
      this.#entries.delete(oldest);
    }
  }

  /** The channel's last event while it is fresh. */
  get(channel: string): CachedEvent | undefined {
    const entry = this.#entries.get(channel);
    if (entry === undefined) return undefined;
    const left = entry.expires - this.#clock.now();
    if (left > 0) return { event: entry.event, ttlSec: Math.ceil(left / 1_000) };
    this.#entries.delete(channel);
    return undefined;
  }
}
