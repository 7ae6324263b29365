// What the channel core needs from a connection. The core knows who is connected and subscribed now, and carries transient
// events. Durable messages are in delivery/, wire formats in dialects/, sockets in socket/.

/**
 * An event on its way to subscribers. `type` is `event` for events of publishers; the other types are notices of the core. A
 * dialect encodes each type as its protocol demands, or leaves it out. `data` is the publisher's text, unchanged. Notices
 * carry JSON, in the order of the types: `{"user_id":2,"user_info":…}` (info only if given), `{"user_id":2}`,
 * `{"subscription_count":7}`, `{"events":[{"name":"online","user_ids":["2"]}]}`. The last one belongs to no channel.
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
 * An event as it is published. Without `channel` the core makes one event per channel. With `channel`, the subscribers of all
 * channels get this same object, and only the second argument of `deliver` says which channel it came through.
 */
export type PublishedEvent = ChannelEvent | (Omit<ChannelEvent, 'channel'> & { readonly channel?: undefined });

/** One client, as the core sees it. */
export interface Connection {
  /** Socket id of the form `\d+\.\d+`, unique over all nodes. */
  readonly id: string;
  /**
   * Queues events that were published together. Never blocks, never throws. All subscribers of a channel get the same array,
   * so its frames can be built once per dialect.
   * @param channel the channel that they came through: `event.channel`, unless one object was published to several channels
   */
  deliver(events: readonly ChannelEvent[], channel: string): void;
  /**
   * Asks whether the peer has read everything sent to it so far. Resolves when it has, or when it is gone. Undefined when
   * the peer is known to have read everything.
   */
  caughtUp?(): Promise<void> | undefined;
  /** Closes the connection. Without a code the Close frame is empty, and the client sees 1005. */
  close(code?: number, reason?: string): void;
}
