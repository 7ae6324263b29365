// A socket of the Pusher dialect on a raw connection: it subscribes, one channel after the other, and counts bytes.
import { connect, type Socket } from 'node:net';
import { APP, subscribeFrame } from '../support/pusher.ts';
import { CLOSE_NORMAL, Frames, maskedText, upgradeRequest } from './web-socket.ts';

/** How a server greets. */
export interface Greeting {
  /** False for the bare floor, which does not greet and answers every frame once. */
  readonly greets?: boolean;
}

const SUCCEEDED = '{"event":"pusher_internal:subscription_succeeded"';
const PING = '{"event":"pusher:ping"';
const FAILED = /^\{"event":"pusher:(?:error|subscription_error)"/;

/** One open socket. */
export class PusherSocket {
  readonly socket: Socket;
  /** Resolves when either side has ended it. */
  readonly ended: Promise<void>;
  #id = '';
  #answered: () => void = () => {};
  #failed: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', (error) => this.#failed(error));
    socket.once('close', () => this.#failed(new Error('the socket was cut off')));
  }

  /** Resolves once the server has greeted. */
  static open(port: number, { greets = true }: Greeting = {}): Promise<PusherSocket> {
    return new Promise((resolve, reject) => {
      const opened = new PusherSocket(connect({ port, host: '127.0.0.1', noDelay: true }));
      opened.#failed = reject;
      const frames = new Frames({
        opened: () => {
          if (!greets) resolve(opened);
        },
        text(text) {
          if (text.startsWith('{"event":"pusher:connection_established"')) {
            opened.#id = JSON.parse(JSON.parse(text).data).socket_id;
            resolve(opened);
          } else opened.#received(text, greets);
        },
        answer: (frame) => opened.socket.write(frame),
      });
      opened.socket.on('data', (chunk) => frames.read(chunk));
      opened.socket.write(upgradeRequest(`/app/${APP.key}?protocol=7&client=bench&version=1&flash=false`));
    });
  }

  /** Resolves when the subscription succeeds. Only one may be under way. @throws Error if it is refused */
  subscribe(channel: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.socket.write(maskedText(subscribeFrame(this.#id, channel)));
    });
  }

  unsubscribe(channel: string): void {
    this.socket.write(maskedText(JSON.stringify({ event: 'pusher:unsubscribe', data: { channel } })));
  }

  /** From now on, frames are no longer parsed. Returns the socket, for whoever counts its bytes. */
  release(): Socket {
    this.socket.removeAllListeners('data');
    return this.socket;
  }

  /** Closes the socket with a close frame. */
  close(): void {
    this.socket.end(CLOSE_NORMAL);
  }

  #received(text: string, greets: boolean): void {
    if (!greets || text.startsWith(SUCCEEDED)) this.#answered();
    else if (text.startsWith(PING)) this.socket.write(maskedText('{"event":"pusher:pong","data":{}}'));
    else if (FAILED.test(text)) this.#failed(new Error(text));
  }
}

/** Handshakes under way at once. */
const CONNECTING = 50;

/** Opens `count` sockets, some at a time. @param join what each socket does before it counts as open */
export async function openMany(
  port: number,
  count: number,
  join: (socket: PusherSocket, index: number) => Promise<void>,
): Promise<PusherSocket[]> {
  const sockets: PusherSocket[] = [];
  for (let first = 0; first < count; first += CONNECTING) {
    const batch = Array.from({ length: Math.min(CONNECTING, count - first) }, async (_, index) => {
      const socket = await PusherSocket.open(port);
      await join(socket, first + index);
      return socket;
    });
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}
