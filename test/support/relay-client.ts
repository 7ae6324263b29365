// Reaches a running relay as senders and devices do, whether it runs in this process or in one of its own.
import type { ClientOptions } from 'ws';
import { connect, type Packet, type TestSocket } from './socket.ts';

/** An HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed as JSON; undefined if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of every shape, and fails where it is wrong
  readonly json: any;
}

/** A device that a test controls. */
export interface TestDevice extends TestSocket {
  /** The device's own token. */
  readonly auth: string;
}

/** How a device connects. */
export interface DeviceOptions {
  readonly group?: string | readonly string[];
  readonly token?: string;
  /** Acknowledges each message as it comes. */
  readonly acknowledge?: boolean;
}

/** A relay that a test talks to. */
export abstract class RelayClient {
  /** The ports of this machine on which the relay listens. */
  abstract readonly ports: { readonly http: number; readonly websocket: number };
  readonly #token: string;

  /** @param token the shared token of the relay */
  constructor(token: string) {
    this.#token = token;
  }

  /** The address of a path over HTTP. */
  url(path = '/'): string {
    return `http://127.0.0.1:${this.ports.http}${path}`;
  }

  /** Sends a request without adding anything. */
  async fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url(path), { redirect: 'manual', ...init });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  /** Sends a request with the token. */
  request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', this.#token);
    return this.fetch(path, { ...init, headers });
  }

  /** POSTs a packet with the token. */
  post(packet: unknown, init: RequestInit = {}): Promise<Answer> {
    return this.request('/', {
      method: 'POST',
      body: typeof packet === 'string' ? packet : JSON.stringify(packet),
      ...init,
      headers: { 'content-type': 'application/json', ...Object.fromEntries(new Headers(init.headers)) },
    });
  }

  /** Opens a socket. It has sent nothing yet. */
  socket(path = '/', options: ClientOptions = {}): Promise<TestSocket> {
    return connect(`ws://127.0.0.1:${this.ports.websocket}${path}`, options);
  }

  /** Connects a device and authenticates it. Its AUTH packet is already read. */
  async device(name: string, options: DeviceOptions = {}): Promise<TestDevice> {
    const socket = await this.socket();
    socket.send({ cmd: 'AUTH', data: { token: options.token ?? this.#token, name, group: options.group ?? '' } });
    const { data } = await socket.packet('AUTH');
    if (data.code !== 200) throw new Error(`AUTH was refused: ${JSON.stringify(data)}`);
    if (options.acknowledge === true) {
      const acknowledge = (packet: Packet) => {
        if (packet.cmd === 'MESSAGE') socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: packet.data.mid } });
      };
      for (const frame of socket.frames) acknowledge(JSON.parse(frame));
      socket.ws.on('message', (frame) => acknowledge(JSON.parse(frame.toString())));
    }
    return Object.assign(socket, { auth: data.auth as string });
  }
}
