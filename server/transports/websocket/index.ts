// The one bridge between the two cores: a durable message goes to a device as an event on its private channel.
// Not here: sockets and frames. Every socket that is subscribed to the channel counts as the device, in any dialect.
import type { Message } from '../../../shared/message.ts';
import type { MaybePromise } from '../../base/maybe-promise.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import { deviceChannel, groupChannel } from '../../channel/relay-app.ts';
import { wireText } from '../../delivery/message.ts';
import type { Outcome } from '../../delivery/ports.ts';
import type { TransportModule } from '../transport.ts';

const ACCEPTED: Outcome = { kind: 'accepted' };
const OFFLINE: Outcome = { kind: 'offline' };

/** The outcome of a publication. It fails if the other nodes cannot be reached. */
function accepted(published: MaybePromise<unknown>): Outcome | Promise<Outcome> {
  if (!(published instanceof Promise)) return ACCEPTED;
  return published.then(
    () => ACCEPTED,
    (error: Error) => ({ kind: 'retry', reason: error.message }),
  );
}
const RETRY_CAP = 60_000;

/** The part of the `websocket` section that the transport uses. Times in ms. */
export interface WebsocketConfig {
  readonly window: number;
  readonly retryTimeout: number;
  /** Unsent bytes at which a socket is closed. */
  readonly maxBuffered: number;
}

const eventOn = (channel: string, message: Message): ChannelEvent => ({
  type: 'event',
  name: 'message',
  channel,
  data: wireText(message),
});

/**
 * One array per message to a group, so that its frame is built once for all devices and all repeats. A message to one device
 * needs none: each entry of a weak map is costly to collect.
 */
function createGroupEvents(): (message: Message) => readonly ChannelEvent[] {
  const made = new WeakMap<Message, readonly ChannelEvent[]>();
  return (message) => {
    let events = made.get(message);
    if (events === undefined) {
      events = [eventOn(groupChannel(message.target), message)];
      made.set(message, events);
    }
    return events;
  };
}

/** The transport to connected devices. Its routes have no address: the device's channel knows the sockets. */
export const websocket: TransportModule<WebsocketConfig> = {
  name: 'websocket',
  create(config, { channels, relayApp }) {
    const groupEvents = createGroupEvents();

    /**
     * Messages to the device itself that follow each other are one publication, which costs each socket one write. Those
     * to a group stay on their own, so that all its devices share their frames.
     */
    function* publications(channel: string, messages: readonly Message[]): Iterable<readonly ChannelEvent[]> {
      let personal: ChannelEvent[] = [];
      for (const message of messages) {
        if (message.sendType === 'personal') {
          personal.push(eventOn(channel, message));
        } else {
          if (personal.length > 0) yield personal;
          personal = [];
          yield groupEvents(message);
        }
      }
      if (personal.length > 0) yield personal;
    }

    const isThere = (device: string) => channels.isOccupied(relayApp, deviceChannel(device));
    return {
      name: 'websocket',
      window: config.window,
      // The other half is left for everything else that a socket receives, so that messages alone never close it.
      windowBytes: Math.floor(config.maxBuffered / 2),
      retry: { base: config.retryTimeout, cap: Math.max(RETRY_CAP, config.retryTimeout) },
      awaitsAcknowledgement: true,
      statuses: { accepted: 'wait' },
      deliver(device, _address, message) {
        const channel = deviceChannel(device);
        if (!channels.isOccupied(relayApp, channel)) return OFFLINE;
        const isPersonal = message.sendType === 'personal';
        const events = isPersonal ? [eventOn(channel, message)] : groupEvents(message);
        return accepted(channels.publish(relayApp, [channel], events));
      },
      deliverAll(device, _address, messages) {
        const channel = deviceChannel(device);
        if (!channels.isOccupied(relayApp, channel)) return OFFLINE;
        // None waits for the one before: a message that comes meanwhile would overtake it.
        let published: Promise<unknown>[] | undefined;
        for (const events of publications(channel, messages)) {
          const one: MaybePromise<unknown> = channels.publish(relayApp, [channel], events);
          if (one instanceof Promise) published = [...(published ?? []), one];
        }
        return accepted(published && Promise.all(published));
      },
      isThere,
      caughtUp: (device) => channels.caughtUp(relayApp, deviceChannel(device)),
      async close() {},
    };
  },
};
