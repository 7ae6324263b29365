// Subscribers that count bytes, and their publisher: a signed request to the relay, or a line to raw sockets.
import { connect, type Socket } from 'node:net';
import { answerCalls } from '../support/calls.ts';
import { triggerRequest } from '../support/pusher.ts';
import { openMany } from './pusher-socket.ts';
import { Sender } from './sender.ts';

/** Where to subscribe, and which system listens there. */
export interface SubscribeCall {
  readonly port: number;
  readonly system: 'relay' | 'raw';
  /** Sizes of the channels; the smaller ones have some of the subscribers of the largest. */
  readonly sizes: readonly number[];
}

/** What to publish for `ms`. A round begins when all subscribers have the one before. */
export interface PublishCall {
  /** Size of the channel. */
  readonly size: number;
  /** Payload of a frame. */
  readonly bytes: number;
  /** Events of a round. */
  readonly events: number;
  readonly ms: number;
}

const CONNECTING = 50;
const NAME = 'bench';

let missing = 0;
let arrived = () => {};
/** Publishes one round. */
let publisher: (call: PublishCall) => Promise<unknown>;

const channelOf = (size: number) => `channel-${size}`;

function received(bytes: number): void {
  missing -= bytes;
  if (missing < 0) throw new Error('more bytes arrived than were published');
  if (missing === 0) arrived();
}

function openRaw(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.once('data', () => {
      socket.on('data', (chunk: Buffer) => received(chunk.length));
      resolve(socket);
    });
  });
}

async function subscribeRaw(port: number, count: number): Promise<void> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(CONNECTING, count - sockets.length) }, () => openRaw(port));
    sockets.push(...(await Promise.all(batch)));
  }
  publisher = async ({ size, bytes, events }) => sockets[0]?.write(`${size} ${bytes} ${events}`);
}

async function subscribePusher(port: number, count: number, sizes: readonly number[]): Promise<void> {
  const sockets = await openMany(port, count, async (socket, index) => {
    for (const size of sizes) if (index < size) await socket.subscribe(channelOf(size));
  });
  for (const socket of sockets) socket.count(received);
  const sender = await Sender.open(port);
  publisher = ({ size, bytes, events }) => {
    const channel = channelOf(size);
    const shell = JSON.stringify({ event: NAME, channel, data: '' }).length;
    return sender.send(triggerRequest(channel, 'x'.repeat(bytes - shell), events));
  };
}

answerCalls({
  async subscribe({ port, system, sizes }: SubscribeCall): Promise<void> {
    const count = Math.max(...sizes);
    if (system === 'raw') await subscribeRaw(port, count);
    else await subscribePusher(port, count, sizes);
  },

  /** Counts deliveries. */
  async publish(call: PublishCall) {
    const { size, bytes, events, ms } = call;
    const round = size * events * (bytes + (bytes < 126 ? 2 : 4));
    const started = performance.now();
    let count = 0;
    while (performance.now() < started + ms) {
      const everybody = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      missing += round;
      await Promise.all([publisher(call), everybody]);
      count += size * events;
    }
    return { count, ms: performance.now() - started };
  },
});
