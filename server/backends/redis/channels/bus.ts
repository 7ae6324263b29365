// Events on their way to the subscribers of all nodes. One script finds the nodes that have any, and tells each of them once,
// the own node too: so the events of one node come in the same order everywhere.
import type { Bus, Envelope } from '../../../bus.ts';
import { kindOfChannel } from '../../../channel/channel-name.ts';
import type { PublishedEvent } from '../../../channel/connection.ts';
import { RELAY_APP } from '../../../channel/relay-app.ts';
import { createBatch } from '../batch.ts';
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

/** The most messages that one script hands to devices. */
const MAX_MESSAGES = 64;

/** A message on its way to the channel of a device. */
interface Handed {
  readonly ticket: string;
  readonly channel: string;
  /** The mark of the channel when the message was published. */
  readonly mark: string;
  readonly events: readonly PublishedEvent[];
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

  notices.on(NOTICE.messages, (fields) => {
    let events: readonly PublishedEvent[] = [];
    for (let at = 0; at < fields.length; at += 2) {
      const [channel = '', text = ''] = fields.slice(at, at + 2);
      // One array for all devices of a group, so that its frame is built once.
      if (text !== '') events = JSON.parse(text);
      receive({ app: RELAY_APP, channels: [channel], events });
    }
  });
  notices.on(NOTICE.ownMessages, (fields) => {
    for (const ticket of fields) {
      const own = publishing.get(ticket);
      if (own !== undefined) receive(own);
    }
  });

  const handing = createBatch(MAX_MESSAGES, async (together: readonly Handed[]) => {
    const told = await connection.runScript(
      scripts.hand,
      [keys.noticeNumbers, ...together.map(({ channel }) => keys.occupancy(RELAY_APP, channel))],
      [
        keys.notices(''),
        node.id(),
        ...together.flatMap(({ ticket, channel, mark, events }, index) => {
          const isSame = events === together[index - 1]?.events;
          return [ticket, channel, mark, isSame ? '' : JSON.stringify(events)];
        }),
      ],
    );
    return together.map(() => told);
  });

  return {
    async publish(envelope) {
      const { app, channels, events, except = '', keep } = envelope;
      const device = deviceOf(envelope);
      tickets += 1;
      const ticket = String(tickets);
      publishing.set(ticket, envelope);
      try {
        if (device !== undefined && channels.length === 1 && except === '') {
          await handing.add({ ticket, channel: device, mark: markOf(device), events });
          return;
        }
        // All that a node publishes comes in the same order everywhere.
        handing.flush();
        const kept = keptEvents(envelope);
        const cache = kept.length === 0 ? [] : [keys.cachedOrder(app), ...kept.map(([name]) => keys.cached(app, name))];
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
