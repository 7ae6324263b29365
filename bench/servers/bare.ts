// The floor of a send: node:http and ws with the same bytes on the wire, and without everything that a relay does.
import { createServer, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { serve } from '../support/serve.ts';

interface Waiting {
  readonly response: ServerResponse;
  readonly names: readonly string[];
  left: number;
}

const devices = new Map<string, WebSocket>();
/** Messages for devices that are away. */
const queues = new Map<string, Buffer[]>();
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
  const sendType = isGroup ? 'group' : 'personal';
  const frame = Buffer.from(
    `{"cmd":"MESSAGE","data":{"sendType":"${sendType}","target":"${target}","from":{"method":"http","name":""},"message":{"text":"${text}","desp":"","extra":{}},"mid":"${mid}"}}`,
  );
  if (!isGroup && !devices.has(target)) {
    const queue = queues.get(target);
    if (queue === undefined) queues.set(target, [frame]);
    else queue.push(frame);
    answer(response, mid, names, 'ready');
    return;
  }
  waiting.set(mid, { response, names, left: names.length });
  for (const name of names) devices.get(name)?.send(frame, { binary: false });
});

function answer(response: ServerResponse, mid: string, names: readonly string[], status: string): void {
  const statuses = names.map((name) => `"${name}":"${status}"`).join(',');
  const reply = `{"cmd":"MESSAGE_REPLY","data":{"mid":"${mid}","status":{${statuses}},${statuses}}}`;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(reply));
  response.end(reply);
}

function acknowledge(mid: string): void {
  const entry = waiting.get(mid);
  if (entry === undefined || --entry.left > 0) return;
  waiting.delete(mid);
  answer(entry.response, mid, entry.names, 'ok');
}

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (frame) => {
    const { cmd, data } = JSON.parse(String(frame));
    if (cmd === 'MESSAGE_CALLBACK') {
      acknowledge(data.mid);
      return;
    }
    devices.set(data.name, socket);
    socket.once('close', () => devices.delete(data.name));
    socket.send('{"cmd":"AUTH","data":{"code":200}}');
    for (const queued of queues.get(data.name) ?? []) socket.send(queued, { binary: false });
    queues.delete(data.name);
  });
});

serve(server);
