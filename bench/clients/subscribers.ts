// Subscribers that count bytes: cheap enough that the fan-out is the server's work.
import { connect, type Socket } from 'node:net';
import { answerCalls } from '../support/calls.ts';
import { maskedText, upgradeRequest } from './web-socket.ts';

/** Where to subscribe, and whether that server speaks WebSocket. */
export interface SubscribeCall {
  readonly port: number;
  readonly count: number;
  readonly upgrade: boolean;
}

const CONNECTING = 50;

const sockets: Socket[] = [];
/** Bytes that all subscribers together get in a round, and what is left of them. */
let perRound = 0;
let left = 0;
let answer: Buffer | string = '';

function open({ port, upgrade }: SubscribeCall): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    const ready = () => {
      socket.on('data', (chunk: Buffer) => received(chunk.length));
      resolve(socket);
    };
    if (!upgrade) {
      socket.on('connect', ready);
      return;
    }
    socket.write(upgradeRequest('/'));
    // Nothing follows the handshake until the first publish.
    socket.once('data', ready);
  });
}

/** The first subscriber tells the server when everybody has everything. */
function received(bytes: number): void {
  left -= bytes;
  if (left > 0) return;
  left += perRound;
  sockets[0]?.write(answer);
}

answerCalls({
  async subscribe(call: SubscribeCall): Promise<void> {
    answer = call.upgrade ? maskedText('.') : '.';
    while (sockets.length < call.count) {
      const batch = Array.from({ length: Math.min(CONNECTING, call.count - sockets.length) }, () => open(call));
      sockets.push(...(await Promise.all(batch)));
    }
  },
  expect({ bytes }: { bytes: number }): void {
    perRound = bytes;
    left = bytes;
  },
});
