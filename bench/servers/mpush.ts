// What the relay replaces, in shape: koa and ws, everything in memory. It follows the protocol of mpush in the plainest
// way: one queue and one message in flight per client, one timer per message and per wait, and a reply once every member
// is seen to be ok.
import { createServer } from 'node:http';
import Koa from 'koa';
import { type WebSocket, WebSocketServer } from 'ws';
import type { WireMessage } from '../../shared/message.ts';
import { TOKEN } from '../support/message.ts';
import { serve } from '../support/serve.ts';

const RETRY_TIMEOUT = 3000;
const WAIT_TIMEOUT = 5000;
const PATH = /^\/(.+)\.(send|group)$/;

interface Client {
  readonly name: string;
  group: string;
  socket: WebSocket;
  readonly queue: WireMessage[];
  retry: NodeJS.Timeout | undefined;
}

interface Waiting {
  readonly status: Record<string, string>;
  reply(): void;
}

const clients = new Map<string, Client>();
const waiting = new Map<string, Waiting>();
let lastMid = 0;

function next(client: Client): void {
  const [head] = client.queue;
  if (head === undefined || client.retry !== undefined) return;
  client.retry = setTimeout(() => {
    client.retry = undefined;
    next(client);
  }, RETRY_TIMEOUT);
  client.socket.send(JSON.stringify({ cmd: 'MESSAGE', data: head }));
  const status = waiting.get(head.mid)?.status;
  if (status !== undefined) status[client.name] = 'wait';
}

function acknowledge(client: Client, mid: string): void {
  if (client.queue[0]?.mid !== mid) return;
  client.queue.shift();
  clearTimeout(client.retry);
  client.retry = undefined;
  const entry = waiting.get(mid);
  if (entry !== undefined) {
    entry.status[client.name] = 'ok';
    if (Object.values(entry.status).every((status) => status === 'ok')) entry.reply();
  }
  next(client);
}

function send(message: WireMessage, targets: readonly Client[]): Promise<Record<string, string>> {
  const status = Object.fromEntries(targets.map(({ name }) => [name, 'ready']));
  return new Promise((resolve) => {
    const timer = setTimeout(reply, WAIT_TIMEOUT);
    function reply(): void {
      clearTimeout(timer);
      waiting.delete(message.mid);
      resolve(status);
    }
    waiting.set(message.mid, { status, reply });
    if (targets.length === 0) reply();
    for (const client of targets) {
      client.queue.push(message);
      next(client);
    }
  });
}

const koa = new Koa();
koa.use(async (context) => {
  const [, target = '', kind] = PATH.exec(decodeURIComponent(context.path)) ?? [];
  if (context.get('authorization') !== TOKEN || kind === undefined) {
    context.status = 500;
    context.body = { cmd: 'INFO', data: 'refused' };
    return;
  }
  const { text = '', desp = '', ...extra } = context.query;
  lastMid = Math.max(Date.now(), lastMid + 1);
  const message: WireMessage = {
    sendType: kind === 'group' ? 'group' : 'personal',
    target,
    from: { method: 'http', name: '' },
    message: { text: String(text), desp: String(desp), extra },
    mid: String(lastMid),
  };
  const isTarget = ({ name, group }: Client) => (kind === 'group' ? group === target : name === target);
  const status = await send(message, [...clients.values()].filter(isTarget));
  context.body = { cmd: 'MESSAGE_REPLY', data: { mid: message.mid, status } };
});

const server = createServer(koa.callback());
new WebSocketServer({ server }).on('connection', (socket) => {
  let client: Client | undefined;
  socket.on('message', (frame) => {
    const { cmd, data } = JSON.parse(String(frame));
    if (cmd === 'MESSAGE_CALLBACK' && client !== undefined) acknowledge(client, data.mid);
    if (cmd !== 'AUTH') return;
    client = clients.get(data.name) ?? { name: data.name, group: '', socket, queue: [], retry: undefined };
    clients.set(data.name, client);
    client.group = data.group;
    client.socket = socket;
    clearTimeout(client.retry);
    client.retry = undefined;
    socket.send(JSON.stringify({ cmd: 'AUTH', data: { code: 200, msg: 'Successful authentication' } }));
    next(client);
  });
});

serve(server);
