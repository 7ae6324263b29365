// Servers that take any body over HTTP and hand it to the WebSockets of a channel: the floor, and nchan.
import { connect } from 'node:net';
import { upgradeRequest } from '../web-socket.ts';
import { publishRequests } from './requests.ts';
import type { Wire } from './wire.ts';

const END_OF_HEAD = '\r\n\r\n';

/** @param subscribe, publish the paths in front of the channel's name */
function plain(subscribe: string, publish: string): Wire {
  return {
    join: (port, channel) =>
      new Promise((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        socket.once('error', reject);
        let head = '';
        const read = (chunk: Buffer) => {
          head += chunk.toString('latin1');
          if (!head.includes(END_OF_HEAD)) return;
          socket.removeListener('data', read);
          if (head.startsWith('HTTP/1.1 101')) resolve(socket);
          else reject(new Error(head));
        };
        socket.on('data', read);
        socket.write(upgradeRequest(`${subscribe}${channel}`));
      }),

    publisher: (port) =>
      publishRequests(port, (channel, bytes, events) =>
        Buffer.from(
          `POST ${publish}${channel}?${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n` +
            `Content-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`,
        ),
      ),
  };
}

/** The floor, bench/servers/raw.ts. */
export const raw = plain('/', '/');

/** The nchan module of nginx, as contenders/nchan.ts configures it. */
export const nchan = plain('/sub/', '/pub/');
