// The conversation of version 1.13: every answer names the socket, and what is not understood ends it.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Session, Socket } from '../dialect.ts';
import { type Frame, field, readFrame, textField } from './frames.ts';
import { channelFor } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';
import type { Subscriber } from './subscriber.ts';

const POLICY = 1008;

/** What is sent back: an event, its data, and more beside them. */
interface Answer {
  readonly event: string;
  readonly data: unknown;
  readonly time?: number;
}

const outcome = (event: string, succeeded: boolean, data: unknown): Answer => ({
  event: `${event}_${succeeded ? 'succeeded' : 'error'}`,
  data,
});

/** The answer to a frame; undefined when it is not understood. */
function answerTo({ event, data }: Frame, subscriber: Subscriber, clock: Clock): Answer | undefined {
  const channel = textField(data, 'channel');
  switch (event) {
    case 'gusher.subscribe':
      return channel === undefined ? undefined : outcome(event, subscriber.subscribe(channel), { channel });
    case 'gusher.unsubscribe':
      if (channel === undefined) return undefined;
      subscriber.unsubscribe(channel);
      return outcome(event, subscriber.isAllowed(channel), { channel });
    case 'gusher.multi_subscribe': {
      const given = field(data, 'multi_channel');
      // What is no text stands for its JSON, as there.
      const names = Array.isArray(given)
        ? given.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
        : [];
      return outcome(event, names.length > 0 && subscriber.subscribeAll(names), { channel: names });
    }
    case 'gusher.querychannel':
      return outcome(event, true, { channels: subscriber.list });
    case 'gusher.ping':
      return { event: 'gusher.pong_succeeded', data: data ?? null, time: Math.floor(clock.now() / 1000) };
    case 'gusher.remote':
      // Jobs for other programs went over Redis; there is nobody to take them here.
      return outcome(event, false, { remote: textField(data, 'remote') ?? '', msg: null });
    default:
      return undefined;
  }
}

/** Makes the session of a socket, and lets its user and its own id reach it. */
export function openLaterSession(
  socket: Socket,
  subscriber: Subscriber,
  { channels, clock }: Pick<GusherClusterPorts, 'channels' | 'clock'>,
): Pick<Session, 'receive'> {
  const socketId = randomUUID();
  channels.subscribe(subscriber.app, subscriber, channelFor('u-', subscriber.userId));
  channels.subscribe(subscriber.app, subscriber, channelFor('s-', socketId));
  return {
    receive(text) {
      if (text === null) return;
      const frame = readFrame(text);
      const answer = frame && answerTo(frame, subscriber, clock);
      if (answer === undefined) {
        subscriber.leave();
        socket.close(POLICY, 'expected an event of gusher with its data');
        return;
      }
      const { event, data, ...more } = answer;
      socket.send(JSON.stringify({ event, socket_id: socketId, data, ...more }));
    },
  };
}
