// A WebSocket for tests: it keeps frames until a test asks for them.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { onCleanup } from './cleanup.ts';
import { soon } from './eventually.ts';

/** Any packet of mpush. */
export interface Packet {
  readonly cmd: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into packets of every shape, and fails where it is wrong
  readonly data: any;
}

/** An open socket with its frames in order. */
export class TestSocket {
  readonly ws: WebSocket;
  /** The connection below it, for bytes that are not a frame. Set when the socket is open. */
  stream: Socket | undefined;
  /** Every text frame received so far. */
  readonly frames: string[] = [];
  readonly #waiting: (() => void)[] = [];
  #read = 0;
  /** Resolves to the close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.once('upgrade', ({ socket }) => {
      this.stream = socket;
    });
    ws.on('message', (data) => {
      this.frames.push(data.toString());
      for (const wake of this.#waiting.splice(0)) wake();
    });
    ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  /** The next frame that is not read yet. @throws Error if the socket closes before a frame comes */
  async next(): Promise<string> {
    while (this.frames.length <= this.#read) {
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error('the socket closed before a frame came');
      const frame = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await soon(`frame ${this.#read + 1} of a socket`, frame, { last: () => this.frames.at(-1) });
    }
    this.#read += 1;
    return this.frames[this.#read - 1] ?? '';
  }

  /** The next packet. With a command, packets with other commands are skipped. */
  async packet(cmd?: string): Promise<Packet> {
    for (;;) {
      const packet = JSON.parse(await this.next()) as Packet;
      if (cmd === undefined || packet.cmd === cmd) return packet;
    }
  }

  /** Sends a packet, or text as it is. */
  send(packet: unknown): void {
    this.ws.send(typeof packet === 'string' ? packet : JSON.stringify(packet));
  }

  /** Returns when the relay has handled everything sent so far. It sends a PING and reads the answer. Needs AUTH. */
  async settle(): Promise<void> {
    this.send({ cmd: 'PING' });
    await this.packet('PONG');
  }
}

/** Connects a socket, which is cut off after the test. */
export async function connect(url: string, options: ClientOptions = {}): Promise<TestSocket> {
  const ws = new WebSocket(url, options);
  const socket = new TestSocket(ws);
  onCleanup(() => ws.terminate());
  await once(ws, 'open');
  return socket;
}
