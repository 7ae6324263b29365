// What the channel core needs of a connection. The core knows who is connected and subscribed now, and carries transient
// events. Durable messages are in delivery/, wire formats in dialects/, sockets in socket/.

/**
 * An event on its way to subscribers. `type` is `event` for what a publisher sent; the other types are notices of the core. A
 * dialect encodes each type as its protocol demands, or not at all. `data` is text: that of the publisher, unchanged, or in
 * notices JSON: `{"user_id":2,"user_info":…}` (info only if given), `{"user_id":2}`, `{"subscription_count":7}`, and
 * `{"events":[{"name":"online","user_ids":["2"]}]}`, which belongs to no channel.
 */
export interface ChannelEvent {
  readonly type: 'event' | 'member_added' | 'member_removed' | 'subscription_count' | 'watchlist';
  readonly channel: string;
  readonly name: string;
  readonly data: string;
  /** The sender of a client event on a presence channel, or the member that came or left. */
  readonly userId?: string;
}

/**
 * An event as it is published. Without `channel` the core makes one event per channel. With it, this very object reaches the
 * subscribers of every channel that it is published to, and only the argument of `deliver` tells which.
 */
export type PublishedEvent = ChannelEvent | (Omit<ChannelEvent, 'channel'> & { readonly channel?: undefined });

/** One client, as the core sees it. */
export interface Connection {
  /** Socket id of the form `\d+\.\d+`, unique over all nodes. */
  readonly id: string;
  /**
   * Queues events that were published together. Never blocks, never throws. All subscribers of a channel get the same array,
   * so its frames can be built once per dialect.
   * @param channel the subscription through which they arrive: `event.channel`, unless one object went to several channels
   */
  deliver(events: readonly ChannelEvent[], channel: string): void;
  /**
   * Asks whether the peer has read everything that it was sent so far; resolves when it has, or is gone. Undefined when
   * that is certain already.
   */
  caughtUp?(): Promise<void> | undefined;
  /** Closes. Without a code the Close frame is empty, and the client sees 1005. */
  close(code?: number, reason?: string): void;
}
