// The Pusher protocol: signed triggers over HTTP.
import { triggerRequest } from '../../support/pusher.ts';
import { PusherSocket } from '../pusher-socket.ts';
import { publishRequests } from './requests.ts';
import type { Wire } from './wire.ts';

const NAME = 'bench';

/** How a server of the Pusher protocol is used. */
export const pusher: Wire = {
  async join(port, channel) {
    const socket = await PusherSocket.open(port);
    await socket.subscribe(channel);
    return socket.release();
  },

  publisher: (port) =>
    publishRequests(port, (channel, bytes, events) => {
      const shell = JSON.stringify({ event: NAME, channel, data: '' }).length;
      return triggerRequest(channel, 'x'.repeat(bytes - shell), events);
    }),
};
