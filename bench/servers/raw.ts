// The floor of a trigger and of a fan-out: node:http, and sockets or answers that get the bytes that a relay would write to
// them.
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { textFrame } from '../../server/socket/frame.ts';
import { serve } from '../support/serve.ts';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The sockets of each path. */
const channels = new Map<string, Duplex[]>();

/** The answers of each path that go on. */
const streams = new Map<string, ServerResponse[]>();

/** Writes a frame to all sockets of a channel, all in one turn of the event loop. */
function publish(channel: string, data: string, events: number): void {
  const frame = textFrame(data);
  for (const response of streams.get(channel) ?? []) response.write(data);
  for (const socket of channels.get(channel) ?? []) {
    if (events > 1) socket.cork();
    for (let event = 0; event < events; event += 1) socket.write(frame);
    if (events > 1) socket.uncork();
  }
}

function keepOpen(channel: string, response: ServerResponse): void {
  const open = streams.get(channel);
  if (open === undefined) streams.set(channel, [response]);
  else open.push(response);
  response.flushHeaders();
}

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url !== '/') {
    keepOpen(request.url ?? '', response);
    return;
  }
  let data = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => {
    data += chunk;
  });
  request.on('end', () => {
    const [channel = '', events] = (request.url ?? '').split('?');
    publish(channel, data, Number(events));
    response.setHeader('content-type', 'application/json');
    response.setHeader('content-length', 2);
    response.end('{}');
  });
});

server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const channel = request.url ?? '';
  const sockets = channels.get(channel);
  if (sockets === undefined) channels.set(channel, [socket]);
  else sockets.push(socket);
  socket.on('error', () => socket.destroy());
  socket.resume();
});

serve(server);
