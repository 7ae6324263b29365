// The load: senders, devices and subscribers on raw sockets, so that the benchmarks measure no client library.
// This file: a device of the mpush dialect that acknowledges everything it gets.
import { connect, type Socket } from 'node:net';
import { TOKEN } from '../support/message.ts';
import { CLOSE_NORMAL, Frames, maskedText, upgradeRequest } from './web-socket.ts';

/** How a device behaves. */
export interface DeviceOptions {
  readonly port: number;
  readonly name: string;
  readonly group: string;
  /** Time between a message and its acknowledgement, in ms. */
  readonly delay: number;
  /** Called for each message, repeats included, before it is acknowledged. */
  readonly onMessage?: (mid: number) => void;
}

/** How many of its last messages a device knows: several times what a relay has on its way to it. */
const RECENT = 256;

/** A connected device. */
export class Device {
  /** When any device last got a message. */
  static lastArrival = 0;
  readonly #socket: Socket;
  readonly #delay: number;
  readonly #onMessage: (mid: number) => void;
  readonly #recent = new Float64Array(RECENT);
  #heard = 0;
  #lastMid = 0;
  #disordered = 0;
  #repeated = 0;
  #left = 0;
  #complete = () => {};

  private constructor(socket: Socket, delay: number, onMessage: (mid: number) => void) {
    this.#socket = socket;
    this.#delay = delay;
    this.#onMessage = onMessage;
  }

  /** Messages that came for the first time after one with a greater mid, which no relay may do. */
  get disordered(): number {
    return this.#disordered;
  }

  /** Messages that came again. A relay may do so when it had no answer in time, or when another node has taken over. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Resolves when that many messages have come since it connected, in any order. Only one call at a time. */
  has(count: number): Promise<void> {
    this.#left += count;
    return new Promise((resolve) => {
      this.#complete = resolve;
      if (this.#left <= 0) resolve();
    });
  }

  /** Closes the socket, and resolves when the relay has closed it too. */
  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.write(CLOSE_NORMAL);
    await closed;
  }

  /** Resolves once the relay knows the device. */
  static open({ port, name, group, delay, onMessage = () => {} }: DeviceOptions): Promise<Device> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const device = new Device(socket, delay, onMessage);
      const frames = new Frames({
        opened: () => {
          socket.write(maskedText(JSON.stringify({ cmd: 'AUTH', data: { token: TOKEN, name, group } })));
        },
        text(text) {
          if (text.startsWith('{"cmd":"MESSAGE","data"')) device.#received(text);
          else if (text.startsWith('{"cmd":"AUTH","data":{"code":200')) resolve(device);
          else reject(new Error(`${name} received ${text}`));
        },
        answer: (frame) => socket.write(frame),
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`${name} was cut off`)));
      socket.on('data', (chunk) => {
        // One write for the acknowledgements of one read.
        socket.cork();
        frames.read(chunk);
        socket.uncork();
      });
      socket.write(upgradeRequest('/'));
    });
  }

  #received(text: string): void {
    Device.lastArrival = performance.now();
    this.#left -= 1;
    if (this.#left === 0) this.#complete();
    const at = text.lastIndexOf('"mid":"') + 7;
    const mid = text.slice(at, text.indexOf('"', at));
    this.#note(Number(mid));
    this.#onMessage(Number(mid));
    const frame = maskedText(`{"cmd":"MESSAGE_CALLBACK","data":{"mid":"${mid}"}}`);
    if (this.#delay === 0) this.#socket.write(frame);
    else setTimeout(() => this.#socket.write(frame), this.#delay);
  }

  #note(mid: number): void {
    if (mid <= this.#lastMid && this.#recent.includes(mid)) {
      this.#repeated += 1;
      return;
    }
    if (mid < this.#lastMid) this.#disordered += 1;
    this.#recent[this.#heard % RECENT] = mid;
    this.#heard += 1;
    this.#lastMid = Math.max(this.#lastMid, mid);
  }
}
