// Events on their way to the subscribers of all nodes. One script finds the nodes that have any, and tells each of them once,
// the own node too: so the events of one node come in the same order everywhere.
import type { Bus, Envelope } from '../../../bus.ts';
import { kindOfChannel } from '../../../channel/channel-name.ts';
import type { PublishedEvent } from '../../../channel/connection.ts';
import { RELAY_APP } from '../../../channel/relay-app.ts';
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import type { ChannelPorts } from './ports.ts';

type EventEnvelope = Envelope<PublishedEvent>;

/** Who gets what comes to this node, and a way for this node to add to it. */
export interface RedisBus extends Bus<PublishedEvent, Promise<void>> {
  /** Hands an envelope to the receivers of this node only. */
  receive(envelope: EventEnvelope): void;
  /**
   * Notes that events may have been lost. From now on, no message reaches the sockets of these devices before the older ones
   * that were lost: the owner sends them again when Redis has told it.
   */
  missed(channels: Iterable<string>): void;
  /** The channels of which the owner was not told yet. */
  behind(): Iterable<string>;
  /** Notes that the owner was told. */
  caughtUp(channel: string): void;
}

/** The channel of a device, if that is what the message of an envelope goes to. */
function deviceOf({ app, channels, events }: EventEnvelope): string | undefined {
  const [event] = events;
  return app === RELAY_APP && event?.type === 'event' && event.name === 'message' ? channels[0] : undefined;
}

/** The cache channels of an envelope, each with the event that it keeps. */
function keptEvents({ channels, events, keep }: EventEnvelope): readonly (readonly [channel: string, text: string])[] {
  const last = events.at(-1);
  if (keep === undefined || last === undefined) return [];
  return channels
    .filter((channel) => kindOfChannel(channel).cacheable)
    .map((channel) => [channel, JSON.stringify({ ...last, channel: last.channel ?? channel })] as const);
}

/** Makes the bus of one node. @param markOf see {@link ConnectedDevices} */
export function createRedisBus(
  { connection, keys, notices, node }: ChannelPorts,
  markOf: (channel: string) => string,
): RedisBus {
  /** Channels of devices whose sockets may have missed messages. */
  const behind = new Set<string>();
  const receivers = new Set<(envelope: EventEnvelope) => void>();
  /** What this node is publishing, by ticket. Its own notice comes before the answer of the script. */
  const publishing = new Map<string, EventEnvelope>();
  let tickets = 0;

  function receive(envelope: EventEnvelope): void {
    if (behind.size > 0 && behind.has(deviceOf(envelope) ?? '')) return;
    for (const receiver of receivers) receiver(envelope);
  }

  notices.on(NOTICE.events, ([ticket = '', app = '', except = '', channels = '[]'], body) => {
    const own = publishing.get(ticket);
    if (own !== undefined) receive(own);
    else if (ticket === '')
      receive({
        app,
        channels: JSON.parse(channels),
        events: JSON.parse(String(body)),
        except: except === '' ? undefined : except,
      });
  });

  return {
    async publish(envelope) {
      const { app, channels, events, except = '', keep } = envelope;
      const kept = keptEvents(envelope);
      const cache = kept.length === 0 ? [] : [keys.cachedOrder(app), ...kept.map(([name]) => keys.cached(app, name))];
      const device = deviceOf(envelope);
      tickets += 1;
      const ticket = String(tickets);
      publishing.set(ticket, envelope);
      try {
        await connection.runScript(
          scripts.publish,
          [keys.noticeNumbers, ...channels.map((channel) => keys.occupancy(app, channel)), ...cache],
          [
            keys.notices(''),
            keys.cached(app, ''),
            app,
            except,
            node.id(),
            ticket,
            JSON.stringify(channels),
            JSON.stringify(events),
            channels.length,
            (keep?.cacheTtlSec ?? 0) * 1000,
            keep?.cachedEvents ?? 0,
            device === undefined ? '' : markOf(device),
            ...kept.flat(),
          ],
        );
      } finally {
        publishing.delete(ticket);
      }
    },
    subscribe(receiver) {
      receivers.add(receiver);
      return () => receivers.delete(receiver);
    },
    receive,
    missed(all) {
      for (const channel of all) behind.add(channel);
    },
    behind: () => [...behind],
    caughtUp: (channel) => void behind.delete(channel),
  };
}
