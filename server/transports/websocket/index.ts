// The one bridge between the two cores: a durable message goes to a device as an event on its private channel.
// Not here: sockets and frames. Every socket that is subscribed to the channel counts as the device, in any dialect.
import type { Message } from '../../../shared/message.ts';
import type { ChannelEvent } from '../../channel/connection.ts';
import { deviceChannel, groupChannel } from '../../channel/relay-app.ts';
import { wireText } from '../../delivery/message.ts';
import type { Outcome } from '../../delivery/ports.ts';
import type { TransportModule } from '../transport.ts';

const ACCEPTED: Outcome = { kind: 'accepted' };
const OFFLINE: Outcome = { kind: 'offline' };
const RETRY_CAP = 60_000;

/** The part of the `websocket` section that the transport uses. Times in ms. */
export interface WebsocketConfig {
  readonly window: number;
  readonly retryTimeout: number;
  /** Unsent bytes at which a socket is closed. */
  readonly maxBuffered: number;
}

/** One array per message, so that its frame is built once for all devices and all repeats. */
function createEvents(): (message: Message) => readonly ChannelEvent[] {
  const made = new WeakMap<Message, readonly ChannelEvent[]>();
  return (message) => {
    let events = made.get(message);
    if (events === undefined) {
      const channel = message.sendType === 'personal' ? deviceChannel(message.target) : groupChannel(message.target);
      events = [{ type: 'event', name: 'message', channel, data: wireText(message) }];
      made.set(message, events);
    }
    return events;
  };
}

/** The transport to connected devices. Its routes have no address: the device's channel knows the sockets. */
export const websocket: TransportModule<WebsocketConfig> = {
  name: 'websocket',
  create(config, { channels, relayApp }) {
    const eventsOf = createEvents();
    const isThere = (device: string) => channels.subscriptionCount(relayApp, deviceChannel(device)) > 0;
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
        if (channels.subscriptionCount(relayApp, channel) === 0) return OFFLINE;
        channels.publish(relayApp, [channel], eventsOf(message));
        return ACCEPTED;
      },
      isThere,
      caughtUp: (device) => channels.caughtUp(relayApp, deviceChannel(device)),
      async close() {},
    };
  },
};
