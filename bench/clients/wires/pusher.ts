// The Pusher protocol: signed triggers over HTTP.
import { triggerRequest } from '../../support/pusher.ts';
import { PusherSocket } from '../pusher-socket.ts';
import { Sender } from '../sender.ts';
import type { Wire } from './wire.ts';

const NAME = 'bench';

/** How a server of the Pusher protocol is used. */
export const pusher: Wire = {
  async join(port, channel) {
    const socket = await PusherSocket.open(port);
    await socket.subscribe(channel);
    return socket.release();
  },

  async publisher(port) {
    const sender = await Sender.open(port);
    const requests = new Map<string, Buffer>();
    const request = (channel: string, bytes: number, events: number): Buffer => {
      const shell = JSON.stringify({ event: NAME, channel, data: '' }).length;
      return triggerRequest(channel, 'x'.repeat(bytes - shell), events);
    };
    return {
      async publish(channel, bytes, events) {
        const key = `${channel} ${bytes} ${events}`;
        const known = requests.get(key) ?? request(channel, bytes, events);
        requests.set(key, known);
        await sender.send(known);
      },
      close: () => sender.close(),
    };
  },
};
