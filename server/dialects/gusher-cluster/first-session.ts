// The conversation of the first version: subscribe and unsubscribe, answered with the id that the socket gave.
import type { Session, Socket } from '../dialect.ts';
import { readFrame, textField } from './frames.ts';
import type { Subscriber } from './subscriber.ts';

const POLICY = 1008;

/** Makes the session of a socket. */
export function openFirstSession(socket: Socket, subscriber: Subscriber): Pick<Session, 'receive'> {
  const answer = (event: string, succeeded: boolean, id: string, channel: string) =>
    socket.send(JSON.stringify({ event: `${event}_${succeeded ? 'succeeded' : 'error'}`, data: { id, channel } }));

  return {
    receive(text) {
      // Binary frames are ignored, as there.
      if (text === null) return;
      const frame = readFrame(text);
      if (frame === undefined) {
        subscriber.leave();
        socket.close(POLICY, 'expected JSON with an event');
        return;
      }
      const id = textField(frame.data, 'id') ?? '';
      const channel = textField(frame.data, 'channel') ?? '';
      if (frame.event === 'gusher.subscribe') {
        const isNew = !subscriber.heard.has(channel);
        answer(frame.event, isNew && subscriber.subscribe(channel), id, channel);
      } else if (frame.event === 'gusher.unsubscribe') {
        answer(frame.event, subscriber.unsubscribe(channel), id, channel);
      }
    },
  };
}
