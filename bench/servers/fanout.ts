// Fan-out: the relay's channel core and sockets without delivery, or raw net sockets that write the same bytes.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createLocalBus } from '../../server/bus.ts';
import { createApp, createApps } from '../../server/channel/app.ts';
import { createChannels } from '../../server/channel/channels.ts';
import type { PublishedEvent } from '../../server/channel/connection.ts';
import { systemClock } from '../../server/clock.ts';
import { silentLogger } from '../../server/logger.ts';
import { textFrame } from '../../server/socket/frame.ts';
import { createSockets } from '../../server/socket/sockets.ts';
import { answerCalls } from '../support/calls.ts';

const CHANNEL = 'bench';
const DATA = 'x'.repeat(321);
const HOUR = 3_600_000;

/** Publishes so many events in one turn; returns to how many subscribers. */
type Publish = (events: number) => number;

let publish: Publish = () => 0;
/** Called when the first subscriber says that everybody has everything. */
let delivered = () => {};

function relay(): Server {
  const app = createApp({ id: 'bench', keys: [{ key: 'key', secret: 'secret', active: true }] });
  const apps = createApps([app]);
  const channels = createChannels({ apps, bus: createLocalBus<PublishedEvent>(), clock: systemClock });
  const sockets = createSockets({
    dialects: [
      {
        name: 'bench',
        paths: { http: [], socket: ['*'] },
        running: {
          open(socket) {
            socket.authenticated();
            channels.subscribe(app, socket, CHANNEL);
            return { receive: () => delivered(), closed: () => channels.disconnect(socket) };
          },
          encode: ({ data }) => data,
        },
      },
    ],
    // A ping among the events would spoil the count of bytes.
    limits: { maxPayload: 1024, maxBuffered: 2 ** 24, maxUnauthenticated: 1000, pingInterval: HOUR },
    clock: systemClock,
    logger: silentLogger,
    pathOf: (url) => url,
    addressOf: () => '',
  });
  publish = (events) => {
    for (let event = 0; event < events; event += 1) {
      channels.publish(app, [CHANNEL], { type: 'event', name: 'event', data: DATA });
    }
    return channels.subscriptionCount(app, CHANNEL);
  };
  const server = createHttpServer();
  sockets.attach(server);
  return server;
}

function raw(): Server {
  const sockets = new Set<Socket>();
  publish = (events) => {
    const frames = Array.from({ length: events }, () => textFrame(DATA));
    for (const socket of sockets) {
      if (events > 1) socket.cork();
      for (const frame of frames) socket.write(frame);
      if (events > 1) socket.uncork();
    }
    return sockets.size;
  };
  return createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('data', () => delivered());
  });
}

answerCalls({
  start: ({ system }: { system: 'relay' | 'raw' }) =>
    new Promise((resolve) => {
      const server = system === 'relay' ? relay() : raw();
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),

  /** Bytes of one event on the wire. */
  eventBytes: () => textFrame(DATA).length,

  /** Publishes round after round, each when everybody has the one before; counts deliveries. */
  async publish({ events, ms }: { events: number; ms: number }) {
    const started = performance.now();
    let count = 0;
    while (performance.now() < started + ms) {
      const everybody = new Promise<void>((resolve) => {
        delivered = resolve;
      });
      count += publish(events) * events;
      await everybody;
    }
    return { count, ms: performance.now() - started };
  },
});
