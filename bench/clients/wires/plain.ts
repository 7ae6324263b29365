// Servers that take any body over HTTP and hand it to the WebSockets of a channel: the floor, and nchan.
import { connect, type Socket } from 'node:net';
import { upgradeRequest } from '../web-socket.ts';
import { publishRequests } from './requests.ts';
import type { Wire } from './wire.ts';

const END_OF_HEAD = '\r\n\r\n';

/** The size of an event in an answer that is sent in chunks: the length of a chunk stands before it. */
export const chunkSize = (bytes: number) => bytes.toString(16).length + bytes + 4;

/** Opens a stream of lines. Resolves when its head has come; what comes later are events. */
export function openLines(port: number, request: string, isOpen: (text: string) => boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.includes(END_OF_HEAD)) return;
      if (!/^HTTP\/1\.1 (?:200|101) /.test(text)) reject(new Error(text));
      if (!isOpen(text)) return;
      socket.removeListener('data', read);
      resolve(socket);
    };
    socket.on('data', read);
    socket.write(request);
  });
}

/** @param subscribe, publish the paths in front of the channel's name */
function plain(subscribe: string, publish: string): Wire {
  return {
    join: (port, channel) => openLines(port, upgradeRequest(`${subscribe}${channel}`), () => true),

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

/** The same floor, to answers that go on. */
export const rawLines: Wire = {
  ...raw,
  join: (port, channel) => openLines(port, `GET /${channel} HTTP/1.1\r\nHost: localhost\r\n\r\n`, () => true),
  size: chunkSize,
};

/** The nchan module of nginx, as contenders/nchan.ts configures it. */
export const nchan = plain('/sub/', '/pub/');
