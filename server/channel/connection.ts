// The channel core: who is connected and subscribed now, and transient events. Not here: durable messages (delivery/),
// wire formats (dialects/), sockets (socket/). This file says what the core needs of a connection.

/**
 * An event on its way to subscribers. `type` tells the core's own notices from what a publisher sent; a dialect encodes
 * each type as its protocol wants, or not at all. `data` is always text, exactly as the publisher gave it; in the core's
 * own notices JSON: `{"user_id":2,"user_info":…}` (info only where given), `{"user_id":2}`, `{"subscription_count":7}`,
 * `{"events":[{"name":"online","user_ids":["2"]}]}`, which belongs to no channel.
 */
export interface ChannelEvent {
  readonly type: 'event' | 'member_added' | 'member_removed' | 'subscription_count' | 'watchlist';
  readonly channel: string;
  readonly name: string;
  readonly data: string;
  /** The member behind the event: the sender of a client event on a presence channel, or who came or went. */
  readonly userId?: string;
}

/**
 * What a publisher hands in. Without `channel` the core makes one event for each channel; with it this very object
 * reaches the subscribers of every channel it is published to, and `deliver` alone tells them which.
 */
export type PublishedEvent = ChannelEvent | (Omit<ChannelEvent, 'channel'> & { readonly channel?: undefined });

/** One socket, as the core sees it. */
export interface Connection {
  /** Socket id, unique in the cluster, of the form `\d+\.\d+`. */
  readonly id: string;
  /**
   * Queues events that were published together; never blocks, never throws. All subscribers of a channel get the same
   * array, so its frames are built once per dialect.
   * `channel` is the subscription that brings them here: `event.channel`, unless one object went to several channels.
   */
  deliver(events: readonly ChannelEvent[], channel: string): void;
  /** Without a code the close frame is empty, and the peer sees 1005. */
  close(code?: number, reason?: string): void;
}
