// Level 1.13: a JWT names the app, lists may hold patterns, and data that is JSON stays JSON. Each answer to a socket carries
// the socket's id. A frame that the relay does not understand closes the socket.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { letGo, type MaybePromise, then } from '../../base/maybe-promise.ts';
import type { Session, Socket } from '../dialect.ts';
import { closeIfLost } from '../kit/lost.ts';
import { matching } from './allowed.ts';
import { type Frame, field, readFrame, textField } from './frames.ts';
import { type Level, POLICY_VIOLATION } from './level.ts';
import type { Tokens } from './logins.ts';
import { appOf, channelFor } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';
import type { Subscriber } from './subscriber.ts';
import { createTokenCheck } from './upgrade-check.ts';

type Ports = Pick<GusherClusterPorts, 'channels' | 'clock'>;

/** Makes level 1.13. */
export function v1_13(tokens: Tokens, ports: Ports): Level {
  return {
    check: createTokenCheck(tokens),
    toAllowed: matching,
    open: (socket, subscriber) => openSession(socket, subscriber, ports),
    appOf,
    toData: jsonOrString,
  };
}

function jsonOrString(text: string): string {
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}

/** An answer to a socket: an event, its data and, for a pong, the time. */
interface Answer {
  readonly event: string;
  readonly data: unknown;
  readonly time?: number;
}

const outcome = (event: string, succeeded: boolean, data: unknown): Answer => ({
  event: `${event}_${succeeded ? 'succeeded' : 'error'}`,
  data,
});

/** The answer to a frame that asks for subscriptions. */
async function subscribed(event: string, asked: MaybePromise<boolean>, data: unknown): Promise<Answer> {
  return outcome(event, await asked, data);
}

/** The answer to a frame. Undefined when the relay does not understand the frame. */
function answerTo({ event, data }: Frame, subscriber: Subscriber, clock: Clock): MaybePromise<Answer | undefined> {
  const channel = textField(data, 'channel');
  switch (event) {
    case 'gusher.subscribe':
      return channel === undefined ? undefined : subscribed(event, subscriber.subscribe(channel), { channel });
    case 'gusher.unsubscribe':
      if (channel === undefined) return undefined;
      subscriber.unsubscribe(channel);
      return outcome(event, subscriber.isAllowed(channel), { channel });
    case 'gusher.multi_subscribe': {
      const given = field(data, 'multi_channel');
      // As in the original, a value that is not a string counts as its JSON.
      const names = Array.isArray(given)
        ? given.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
        : [];
      return subscribed(event, names.length > 0 && subscriber.subscribeAll(names), { channel: names });
    }
    case 'gusher.querychannel':
      return outcome(event, true, { channels: subscriber.list });
    case 'gusher.ping':
      return { event: 'gusher.pong_succeeded', data: data ?? null, time: Math.floor(clock.now() / 1000) };
    case 'gusher.remote':
      // The original hands such jobs to other programs over Redis. The relay has no such programs, so it answers an error.
      return outcome(event, false, { remote: textField(data, 'remote') ?? '', msg: null });
    default:
      return undefined;
  }
}

/** Opens the session, and subscribes the socket to the channels of its user and of its own id. */
function openSession(socket: Socket, subscriber: Subscriber, { channels, clock }: Ports): Pick<Session, 'receive'> {
  const socketId = randomUUID();
  letGo(
    closeIfLost(socket, [
      channels.subscribe(subscriber.app, subscriber, channelFor('u-', subscriber.userId)),
      channels.subscribe(subscriber.app, subscriber, channelFor('s-', socketId)),
    ]),
  );

  function send(answer: Answer | undefined): void {
    if (answer === undefined) {
      subscriber.leave();
      socket.close(POLICY_VIOLATION, 'expected an event of gusher with its data');
      return;
    }
    const { event, data, ...more } = answer;
    socket.send(JSON.stringify({ event, socket_id: socketId, data, ...more }));
  }

  return {
    receive(text) {
      if (text === null) return undefined;
      const frame = readFrame(text);
      return closeIfLost(socket, [then(frame && answerTo(frame, subscriber, clock), send)]);
    },
  };
}
