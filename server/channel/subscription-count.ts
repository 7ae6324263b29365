import type { Clock, Timer } from '../base/clock.ts';
import type { ChannelKind } from './channel-name.ts';
import type { ChannelEvent } from './connection.ts';

/** With more subscribers than this a channel announces its count no more than once per interval. */
const COUNT_THROTTLED_ABOVE = 100;
const COUNT_INTERVAL_MS = 5_000;

/** The channel, as far as its subscribers are counted. */
export interface CountedChannel {
  readonly name: string;
  readonly kind: Pick<ChannelKind, 'encrypted'>;
  readonly connections: { readonly size: number };
  send(events: readonly ChannelEvent[]): void;
}

/**
 * Announces how many subscribers a channel has to all of them, and keeps big channels from flooding themselves.
 * Subscribers of an encrypted channel are not told: the official Java and Android client throws there. Listeners for counts are
 * told of these channels, too.
 */
export class SubscriptionCount {
  readonly #channel: CountedChannel;
  readonly #clock: Clock;
  readonly #announced: (count: number) => void;
  #interval: Timer | undefined;
  #due = false;

  /** @param announced is told every count, at the pace at which the subscribers are told */
  constructor(channel: CountedChannel, clock: Clock, announced: (count: number) => void) {
    this.#announced = announced;
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Announces the count now, or at the end of the interval that runs. */
  changed(): void {
    const channel = this.#channel;
    const count = channel.connections.size;
    this.#due = false;
    if (count > COUNT_THROTTLED_ABOVE) {
      if (this.#interval !== undefined) {
        this.#due = true;
        return;
      }
      this.#interval = this.#clock.setTimeout(() => {
        this.#interval = undefined;
        if (this.#due) this.changed();
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

  /** Ends the interval; nothing is announced any more. */
  stop(): void {
    if (this.#interval !== undefined) this.#clock.clearTimeout(this.#interval);
    this.#interval = undefined;
    this.#due = false;
  }
}
