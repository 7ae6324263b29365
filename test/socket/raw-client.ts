// A TCP connection in a test's hands, for what a well-behaved WebSocket client never does. No test lives here.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onCleanup } from '../support/cleanup.ts';
import { soon } from '../support/eventually.ts';

/** The connection with everything that came back. */
export interface RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  /** What has arrived so far, one character per byte. */
  text(): string;
  /** Resolves to what has arrived once it matches; rejects when the connection ends before. */
  until(pattern: RegExp): Promise<string>;
}

/** Connects and writes; cut off after the test. `allowHalfOpen` keeps its side open when the server ends. */
export async function rawClient(port: number, text: string, allowHalfOpen = false): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  let arrived = '';
  socket.on('data', (chunk: Buffer) => {
    arrived += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  onCleanup(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return {
    socket,
    closed,
    text: () => arrived,
    async until(pattern) {
      while (!pattern.test(arrived)) {
        if (socket.destroyed) throw new Error(`the connection ended after ${JSON.stringify(arrived.slice(0, 500))}`);
        await soon(`${pattern} from the relay`, Promise.race([once(socket, 'data'), closed]), {
          last: () => arrived.slice(-500),
        });
      }
      return arrived;
    },
  };
}

/** A WebSocket handshake. */
export function handshake(path = '/', ...headers: string[]): string {
  const own = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`;
  return [`GET ${path} HTTP/1.1`, 'Host: relay', ...own, key, ...headers, '', ''].join('\r\n');
}

/** A client's text frame; the mask is all zeros, so that the text stays readable. */
export function clientFrame(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length > 65_535) throw new RangeError('longer than this helper writes');
  const header = Buffer.alloc(body.length < 126 ? 6 : 8);
  header[0] = 0x81;
  header[1] = 0x80 | Math.min(body.length, 126);
  if (body.length >= 126) header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** A client's Close frame with the code 1000; the mask is all zeros. */
export const CLOSE_FRAME = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
/** The relay's answer to it, behind whatever came before. */
export const CLOSE_ANSWER = /\x88..\xe8$/s;
