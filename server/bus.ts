// Ground floor: how an event reaches the sockets of every node. Not here: who is subscribed; that is the channel core's.

import type { MaybePromise } from './base/maybe-promise.ts';

/** One publish on its way to every node: events that go to each of the channels, in order. Carries ids, never secrets. */
export interface Envelope<Event = unknown> {
  readonly app: string;
  readonly channels: readonly string[];
  readonly events: readonly Event[];
  /** The socket id that must not get the events. */
  readonly except?: string | undefined;
  /** Cache channels keep the last event for those who subscribe later. */
  readonly cache?: boolean | undefined;
  /** What cache channels keep, where the backend does it: how many events of the app, and for how long. */
  readonly keep?: { readonly cachedEvents: number; readonly cacheTtlSec: number } | undefined;
}

/**
 * Publishes envelopes to all nodes, the publishing one included.
 * Guarantees: envelopes of one node arrive everywhere in the order they were published, at most once.
 */
export interface Bus<Event = unknown, Published extends MaybePromise<void> = MaybePromise<void>> {
  /**
   * Returns nothing if the envelope has already gone out.
   * @throws RelayError `unavailable`, also as a rejection, if the other nodes cannot be reached
   */
  publish(envelope: Envelope<Event>): Published;
  /** Registers the one receiver of this node; returns how to leave. */
  subscribe(receive: (envelope: Envelope<Event>) => void): () => void;
}

/** The bus of a single node: receivers are called before `publish` returns. */
export function createLocalBus<Event>(): Bus<Event, void> {
  const receivers = new Set<(envelope: Envelope<Event>) => void>();
  return {
    publish(envelope) {
      for (const receive of receivers) receive(envelope);
    },
    subscribe(receive) {
      receivers.add(receive);
      return () => receivers.delete(receive);
    },
  };
}
