// The floor of a fan-out: net sockets without any protocol, and the bytes that a relay would write to them.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { textFrame } from '../../server/socket/frame.ts';
import { answerCalls } from '../support/calls.ts';

const sockets: Socket[] = [];
/** The first byte to a socket. It tells the client that the server has accepted it, which may be after it connected. */
const READY = '.';

/** Writes frames to the first `count` sockets, all in one turn of the event loop. */
function publish(count: number, bytes: number, events: number): void {
  const data = 'x'.repeat(bytes);
  const frames = Array.from({ length: events }, () => textFrame(data));
  for (const socket of sockets.slice(0, count)) {
    if (events > 1) socket.cork();
    for (const frame of frames) socket.write(frame);
    if (events > 1) socket.uncork();
  }
}

answerCalls({
  start: () =>
    new Promise((resolve) => {
      const server = createServer({ noDelay: true }, (socket) => {
        sockets.push(socket);
        socket.write(READY);
        socket.on('data', (chunk) => {
          const [count = 0, bytes = 0, events = 0] = String(chunk).split(' ').map(Number);
          publish(count, bytes, events);
        });
      });
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
});
