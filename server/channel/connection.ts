// The channel core: who is connected and subscribed now, and transient events. Not here: durable messages (delivery/),
// wire formats (dialects/), sockets (socket/). This file says what the core needs of a connection.

/**
 * An event on its way to subscribers. `type` tells the core's own notices from what a publisher sent; a dialect encodes
 * each type as its protocol wants, or not at all. `data` is always text, exactly as the publisher gave it.
 */
export interface ChannelEvent {
  readonly type: 'event' | 'member_added' | 'member_removed' | 'subscription_count';
  readonly channel: string;
  readonly name: string;
  readonly data: string;
  /** The member behind the event: the sender of a client event on a presence channel, or who came or went. */
  readonly userId?: string;
}

/** One socket, as the core sees it. */
export interface Connection {
  /** Socket id, unique in the cluster, of the form `\d+\.\d+`. */
  readonly id: string;
  /** Queues an event; never blocks, never throws. Frames are encoded once per dialect and event object. */
  deliver(event: ChannelEvent): void;
  close(code: number, reason: string): void;
}
