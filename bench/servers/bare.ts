// The floor of a send: node:http and ws with the same bytes on the wire, and without everything that a relay does.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerCalls } from '../support/calls.ts';

interface Waiting {
  readonly response: ServerResponse;
  readonly reply: string;
  left: number;
}

const devices = new Map<string, WebSocket>();
const waiting = new Map<string, Waiting>();
let lastMid = Date.now();

const server = createServer((request, response) => {
  const url = request.url ?? '';
  const dot = url.indexOf('.');
  const target = url.slice(1, dot);
  const isGroup = url.startsWith('.group', dot);
  const text = url.slice(url.indexOf('text=') + 5);
  const mid = String(++lastMid);
  const names = isGroup ? [...devices.keys()] : [target];
  const statuses = names.map((name) => `"${name}":"ok"`).join(',');
  waiting.set(mid, {
    response,
    reply: `{"cmd":"MESSAGE_REPLY","data":{"mid":"${mid}","status":{${statuses}},${statuses}}}`,
    left: names.length,
  });
  const sendType = isGroup ? 'group' : 'personal';
  const frame = Buffer.from(
    `{"cmd":"MESSAGE","data":{"sendType":"${sendType}","target":"${target}","from":{"method":"http","name":""},"message":{"text":"${text}","desp":"","extra":{}},"mid":"${mid}"}}`,
  );
  for (const name of names) devices.get(name)?.send(frame, { binary: false });
});

function acknowledge(mid: string): void {
  const entry = waiting.get(mid);
  if (entry === undefined || --entry.left > 0) return;
  waiting.delete(mid);
  entry.response.setHeader('content-type', 'application/json; charset=utf-8');
  entry.response.setHeader('content-length', Buffer.byteLength(entry.reply));
  entry.response.end(entry.reply);
}

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (frame) => {
    const { cmd, data } = JSON.parse(String(frame));
    if (cmd === 'MESSAGE_CALLBACK') {
      acknowledge(data.mid);
    } else {
      devices.set(data.name, socket);
      socket.send('{"cmd":"AUTH","data":{"code":200}}');
    }
  });
});

answerCalls({
  start: () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
});
