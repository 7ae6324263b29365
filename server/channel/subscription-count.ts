import type { Clock, Timer } from '../base/clock.ts';
import type { ChannelKind } from './channel-name.ts';
import type { ChannelEvent } from './connection.ts';

/** A channel with more subscribers than this announces its count at most once per interval. */
const COUNT_THROTTLED_ABOVE = 100;
const COUNT_INTERVAL_MS = 5_000;

/** The parts of a channel that counting needs. */
export interface CountedChannel {
  readonly name: string;
  readonly kind: Pick<ChannelKind, 'encrypted'>;
  send(events: readonly ChannelEvent[]): void;
}

/**
 * Tells all subscribers of a channel how many they are, at a limited rate on big channels. Subscribers of encrypted channels
 * get no counts, because the official Java and Android client throws on them. Listeners still get those counts.
 */
export class SubscriptionCount {
  readonly #channel: CountedChannel;
  readonly #clock: Clock;
  readonly #announced: (count: number) => void;
  #interval: Timer | undefined;
  /** The newest count, if it waits for the end of the interval. */
  #due: number | undefined;

  /** @param announced called with every count, at the rate at which subscribers get them */
  constructor(channel: CountedChannel, clock: Clock, announced: (count: number) => void) {
    this.#announced = announced;
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Announces a new count now, or at the end of the current interval. */
  changed(count: number): void {
    const channel = this.#channel;
    this.#due = undefined;
    if (count > COUNT_THROTTLED_ABOVE) {
      if (this.#interval !== undefined) {
        this.#due = count;
        return;
      }
      this.#interval = this.#clock.setTimeout(() => {
        this.#interval = undefined;
        if (this.#due !== undefined) this.changed(this.#due);
      }, COUNT_INTERVAL_MS);
    }
    if (!channel.kind.encrypted) {
      channel.send([
        {
          type: 'subscription_count',
          channel: channel.name,
          name: 'subscription_count',
          data: JSON.stringify({ subscription_count: count }),
        },
      ]);
    }
    this.#announced(count);
  }

  /** Cancels the interval. Nothing more is announced. */
  stop(): void {
    if (this.#interval !== undefined) this.#clock.clearTimeout(this.#interval);
    this.#interval = undefined;
    this.#due = undefined;
  }
}
