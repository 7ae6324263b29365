// The socket layer on a server of its own, with a dialect whose sessions a test plays itself. No test lives here.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { silentLogger } from '../../server/base/logger.ts';
import type { ChannelEvent } from '../../server/channel/connection.ts';
import type { RunningDialect, Session, Socket } from '../../server/dialects/dialect.ts';
import { createSockets, type SocketLimits, type Sockets } from '../../server/socket/sockets.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { connect, type TestSocket } from '../support/socket.ts';

/** One socket as the dialect has it. */
export interface Opened {
  readonly socket: Socket;
  readonly request: IncomingMessage;
  readonly received: (string | null)[];
  /** How often `closed` was called. */
  closed: number;
  /** Resolves when `closed` is called. */
  readonly ended: Promise<void>;
}

/** What a test decides. */
export interface LayerOptions {
  readonly limits?: Partial<SocketLimits>;
  receive?(text: string | null, opened: Opened): void | Promise<void>;
  open?(opened: Opened): void;
  /** A further dialect, which claims `/asked`. */
  readonly asked?: RunningDialect;
}

/** A running layer. Its dialect claims `/socket` and echoes what `receive` does not take. */
export interface Layer {
  readonly clock: FakeClock;
  readonly sockets: Sockets;
  readonly server: Server;
  readonly port: number;
  readonly opened: Opened[];
  readonly faults: string[];
  readonly warnings: string[];
  client(): Promise<TestSocket>;
}

/** Time between two beats of a layer that sets no other, in ms. */
export const PING_INTERVAL = 30_000;

const LIMITS: SocketLimits = {
  maxPayload: 65_536,
  maxBuffered: 65_536,
  stallTimeout: 30_000,
  maxUnauthenticated: 100,
  maxUnauthenticatedPerAddress: 100,
  pingInterval: PING_INTERVAL,
};

/** An event whose text is `data`. */
export function event(data: string): ChannelEvent {
  return { type: 'event', channel: 'private-device-a', name: 'message', data };
}

/** Starts one; closed after the test. */
export async function startLayer(options: LayerOptions = {}): Promise<Layer> {
  const clock = fakeClock();
  const [opened, faults, warnings]: [Opened[], string[], string[]] = [[], [], []];
  const open = (socket: Socket, request: IncomingMessage): Session => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const one: Opened = { socket, request, received: [], closed: 0, ended };
    opened.push(one);
    options.open?.(one);
    return {
      receive(text) {
        one.received.push(text);
        if (options.receive !== undefined) return options.receive(text, one);
        socket.send(`${text}`);
      },
      closed() {
        one.closed += 1;
        end();
      },
    };
  };
  const sockets = createSockets({
    dialects: [
      {
        name: 'played',
        paths: { socket: ['/socket'] },
        running: { open, encode: ({ data }) => (data === '' ? undefined : data) },
      },
      { name: 'asked', paths: { socket: ['/asked'] }, running: options.asked ?? {} },
      { name: 'deaf', paths: { socket: ['/deaf'] }, running: {} },
    ],
    limits: { ...LIMITS, ...options.limits },
    clock,
    logger: {
      ...silentLogger,
      warn: (_facts, text) => warnings.push(text),
      error: (facts, text) => faults.push(`${text}: ${'err' in facts ? facts.err : ''}`),
    },
    pathOf: (url) => url.split('?', 1)[0],
    addressOf: (request) => request.socket.remoteAddress ?? '',
  });
  const server = createServer();
  sockets.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  onCleanup(async () => {
    await sockets.close(0);
    await new Promise((resolve) => server.close(resolve));
  });
  const client = () => connect(`ws://127.0.0.1:${port}/socket`);
  return { clock, sockets, server, port, opened, faults, warnings, client };
}

/** Starts one that echoes, and is at work on the frame `slow` until `end` is called. */
export async function startSlowLayer(): Promise<{ layer: Layer; end(): void }> {
  let resolve = () => {};
  const work = new Promise<void>((done) => {
    resolve = done;
  });
  const layer = await startLayer({
    receive(text, { socket }) {
      socket.send(`${text}`);
      return text === 'slow' ? work : undefined;
    },
  });
  return { layer, end: resolve };
}

/** The socket that the dialect got last. */
export function latest({ opened }: Layer): Opened {
  const one = opened.at(-1);
  if (one === undefined) throw new Error('no socket was opened');
  return one;
}
