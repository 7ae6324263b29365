// Upgrades: which dialect a path belongs to, how many may wait unauthenticated, and what joins a socket with its session.
import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { ChannelEvent } from '../channel/connection.ts';
import type { Clock } from '../clock.ts';
import { claimantOf } from '../dialects/claims.ts';
import type { Farewell, RunningDialect, Session, Socket } from '../dialects/dialect.ts';
import type { OpenDialect } from '../dialects/open.ts';
import type { Logger } from '../logger.ts';
import { SocketConnection } from './connection.ts';
import { createDecisions } from './decisions.ts';
import { createDismissals } from './dismissals.ts';
import { createFlusher } from './flusher.ts';
import { framesOnce, framesPerChannel } from './frame.ts';
import { type BeatingPeer, createHeartbeat } from './heartbeat.ts';
import { createIntake } from './intake.ts';
import { refuse } from './refuse.ts';
import { createUnauthenticated } from './unauthenticated.ts';
import { inWaves } from './waves.ts';

/** Bounds of sockets; sizes in bytes, times in ms. */
export interface SocketLimits {
  readonly maxPayload: number;
  readonly maxBuffered: number;
  readonly maxUnauthenticated: number;
  readonly pingInterval: number;
}

/** What the socket layer needs. */
export interface SocketsPorts {
  readonly dialects: readonly OpenDialect[];
  readonly limits: SocketLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The path below the configured prefix, or undefined outside of it. */
  pathOf(url: string): string | undefined;
  addressOf(request: IncomingMessage): string;
}

/** The sockets of one relay. */
export interface Sockets {
  /** Answers the upgrades of a server. */
  attach(server: Server): void;
  /**
   * Closes every socket politely, hundreds of them in waves so that they do not come back all at once, and cuts off
   * those that have not answered after `grace` ms.
   */
  close(grace: number): Promise<void>;
  /** Open sockets of all dialects. */
  count(): number;
}

/** A session, or how the socket is turned away. */
type Entry = Session | Farewell | undefined;

interface Peer extends BeatingPeer {
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly dialect: RunningDialect;
}

const SOCKET_ID_PART = 10_000_000_000;
const FAREWELL: Farewell = { code: 1001, reason: 'the relay is closing' };
const INTERNAL_ERROR = 1011;

type Frames = (events: readonly ChannelEvent[], channel: string) => Buffer | undefined;

/** The dialect's encoder, as its connections use it. */
function framesOf(dialect: RunningDialect): Frames {
  if (dialect.namesChannel === true) return framesPerChannel((event, channel) => dialect.encode?.(event, channel));
  return framesOnce((event: ChannelEvent) => dialect.encode?.(event, event.channel));
}

/** What came of the door of a dialect, or nothing where that failed: it must not end the process. */
function open(make: () => Entry, fault: (error: unknown) => void): Entry {
  try {
    return make();
  } catch (error) {
    fault(error);
    return undefined;
  }
}

/** Makes the socket layer. */
export function createSockets(ports: SocketsPorts): Sockets {
  const { dialects, limits, clock, logger } = ports;
  /** By the longest frame that they read. */
  const servers = new Map<number, WebSocketServer>();
  const flusher = createFlusher();
  const peers = new Set<Peer>();
  const frames = new Map<RunningDialect, Frames>();
  for (const { running } of dialects) frames.set(running, framesOf(running));
  const unauthenticated = createUnauthenticated();
  const decisions = createDecisions({ logger, unauthenticated, addressOf: ports.addressOf });
  /** As many as may be unauthenticated. */
  const dismissals = createDismissals(clock);
  const heartbeat = createHeartbeat(clock, limits.pingInterval, peers);
  let refusing = false;
  let draining = false;

  function serverOf({ maxPayload = limits.maxPayload }: RunningDialect): WebSocketServer {
    const server =
      servers.get(maxPayload) ?? new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
    servers.set(maxPayload, server);
    return server;
  }

  function accept(
    ws: WebSocket,
    stream: Duplex,
    request: IncomingMessage,
    dialect: RunningDialect,
    enter: (socket: Socket) => Entry,
  ): void {
    const remoteAddress = ports.addressOf(request);
    const authenticated = unauthenticated.enter();
    // A frame that breaks the protocol is an error event even after a close was begun; without a listener it would end the process.
    ws.on('error', (error) => logger.debug({ address: remoteAddress, err: error }, 'socket error'));
    const socket = new SocketConnection({
      id: `${randomInt(SOCKET_ID_PART)}.${randomInt(SOCKET_ID_PART)}`,
      remoteAddress,
      ws,
      stream,
      flusher,
      frames: frames.get(dialect) ?? (() => undefined),
      maxBuffered: limits.maxBuffered,
      onAuthenticated: authenticated,
      onSlow() {
        logger.warn({ address: remoteAddress, limit: 'websocket.maxBuffered' }, 'slow reader cut off');
        ws.terminate();
      },
    });
    const peer: Peer = { ws, socket, dialect, watched: dialect.watchesPeers !== true, alive: true };
    peers.add(peer);
    const fault = (error: unknown) => {
      logger.error({ err: error }, 'session fault');
      socket.close(INTERNAL_ERROR, 'internal error');
    };
    const entry = open(() => enter(socket), fault);
    const session = entry !== undefined && 'receive' in entry ? entry : undefined;
    const intake = createIntake({
      receive: (text) => session?.receive(text),
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      fault,
    });
    const alive = () => {
      peer.alive = true;
      session?.ponged?.();
    };
    ws.on('pong', alive);
    ws.on('ping', alive);
    ws.on('message', (data: RawData, isBinary: boolean) => {
      peer.alive = true;
      intake.take(isBinary ? null : data.toString());
    });
    ws.on('close', () => {
      peers.delete(peer);
      authenticated();
      intake.end();
      session?.closed();
    });
    if (entry !== undefined && 'code' in entry) {
      authenticated();
      dismissals.dismiss(ws, socket, entry);
    }
  }

  /** Whether so many wait that nobody more can. */
  function crowded(): boolean {
    const most = limits.maxUnauthenticated;
    const full = unauthenticated.count() >= most || dismissals.count() >= most;
    // Once per flood: the log has to stay bounded too.
    if (full && !refusing) logger.warn({ limit: 'websocket.maxUnauthenticated' }, 'sockets are refused');
    refusing = full;
    return full;
  }

  async function answer(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const path = ports.pathOf(request.url ?? '/');
    const dialect = path === undefined ? undefined : claimantOf(dialects, path)?.running;
    if (path === undefined || dialect === undefined || (dialect.open ?? dialect.admit) === undefined) {
      return refuse(stream, draining ? 503 : 404);
    }
    let enter: (socket: Socket) => Entry = (socket) => dialect.open?.(socket, request);
    if (draining || crowded()) {
      const words = draining ? dialect.farewell : dialect.overloaded;
      if (words === undefined || dismissals.count() >= limits.maxUnauthenticated) {
        return refuse(stream, 503, '', 'Retry-After: 5');
      }
      enter = () => words;
    } else if (dialect.admit !== undefined) {
      const decision = await decisions.make(dialect.admit, stream, path, request);
      if (draining) return refuse(stream, 503);
      if (typeof decision !== 'function') return refuse(stream, decision.status, `${decision.text}\n`);
      enter = decision;
    }
    serverOf(dialect).handleUpgrade(request, stream, head, (ws) => accept(ws, stream, request, dialect, enter));
  }

  return {
    count: () => peers.size,
    attach(server) {
      heartbeat.start();
      server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        stream.on('error', (error) => logger.debug({ err: error }, 'upgrade error'));
        answer(request, stream, head).catch((error: unknown) => {
          logger.error({ err: error }, 'upgrade fault');
          stream.destroy();
        });
      });
    },
    async close(grace) {
      draining = true;
      heartbeat.stop();
      decisions.abort();
      const gone = [...peers].map(({ ws }) => new Promise((resolve) => ws.once('close', resolve)));
      inWaves([...peers], (grace * 2) / 3, ({ socket, dialect }) => {
        const { code, reason } = dialect.farewell ?? FAREWELL;
        socket.close(code, reason);
      });
      const cut = setTimeout(() => {
        for (const { ws } of peers) ws.terminate();
      }, grace);
      await Promise.all(gone);
      clearTimeout(cut);
    },
  };
}
