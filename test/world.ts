// Boots a whole relay on free ports with a data directory and a clock of its own, and gives a test helpers to reach it.

import type { ClientOptions } from 'ws';
import type { Backend } from '../server/backends/backend.ts';
import { backends } from '../server/backends/index.ts';
import { systemClock } from '../server/base/clock.ts';
import { type Logger, silentLogger } from '../server/base/logger.ts';
import { type Relay, startRelay } from '../server/compose.ts';
import { configSchema } from '../server/config/schema.ts';
import { onCleanup } from './support/cleanup.ts';
import { type FakeClock, fakeClock } from './support/clock.ts';
import { connect, type Packet, type TestSocket } from './support/socket.ts';
import { tempDir } from './support/temp-dir.ts';

/** The token of every world whose config has no other. */
export const TOKEN = 'test-token';

/** An HTTP answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed as JSON; undefined if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of every shape, and fails where it is wrong
  readonly json: any;
}

/** How this relay differs from one with the defaults. */
export interface WorldOptions {
  /** Keys as in config.json, in place of the defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
  /** Whether time passes by itself, as nodes that share a Redis need it. Nothing happens then when the clock is moved. */
  readonly realTime?: boolean;
  /** What the relay has of its backend in place of the embedded one's own. */
  readonly over?: (backend: Backend) => Partial<Backend>;
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

/** A running relay. */
export class World {
  readonly clock: FakeClock = fakeClock();
  readonly dir: string;
  readonly #options: WorldOptions;
  #relay: Relay | undefined;

  constructor(dir: string, options: WorldOptions) {
    this.dir = dir;
    this.#options = options;
  }

  /** The relay itself. */
  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('the relay is not running');
    return this.#relay;
  }

  /** Starts the relay on its data directory. After `stop`, it finds there what it left. */
  async start(): Promise<void> {
    const { storage, http, ...rest } = (this.#options.config ?? {}) as Record<string, object>;
    const config = configSchema.parse({
      token: TOKEN,
      ...rest,
      http: { host: '127.0.0.1', port: 0, ...http },
      storage: { dir: this.dir, ...storage },
    });
    const { logger = silentLogger, over, realTime = false } = this.#options;
    const clock = realTime ? systemClock : this.clock;
    const own = { dir: config.storage.dir, messageTtl: config.storage.ttl, clock, logger };
    const backend = over === undefined ? undefined : await backends.embedded(own);
    this.#relay = await startRelay({
      config,
      clock,
      logger,
      version: '0.0.0-test',
      ...(backend === undefined ? {} : { backend: { ...backend, ...over?.(backend) } }),
    });
  }

  /** Closes the relay cleanly. */
  async stop(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    await relay?.close();
  }

  /** The address of a path over HTTP. */
  url(path = '/'): string {
    return `http://127.0.0.1:${this.relay.ports.http}${path}`;
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
    if (!headers.has('authorization')) headers.set('authorization', TOKEN);
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
    return connect(`ws://127.0.0.1:${this.relay.ports.websocket}${path}`, options);
  }

  /** Connects a device and authenticates it. Its AUTH packet is already read. */
  async device(name: string, options: DeviceOptions = {}): Promise<TestDevice> {
    const socket = await this.socket();
    socket.send({ cmd: 'AUTH', data: { token: options.token ?? TOKEN, name, group: options.group ?? '' } });
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

/** A running relay that is stopped after the test. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const made = new World(await tempDir(), options);
  onCleanup(() => made.stop());
  await made.start();
  return made;
}
