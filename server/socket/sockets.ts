// Upgrades: which dialect a path belongs to, how many sockets may wait unauthenticated, which of them are dead.
import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { ChannelEvent } from '../channel/connection.ts';
import type { Clock, Timer } from '../clock.ts';
import { type Claimant, claimantOf } from '../dialects/claims.ts';
import type { RunningDialect, Session } from '../dialects/dialect.ts';
import type { Logger } from '../logger.ts';
import { SocketConnection } from './connection.ts';
import { createCorks } from './corks.ts';
import { frameOnce, framePerChannel } from './frame.ts';
import { createIntake } from './intake.ts';

/** A dialect that answers sockets. */
export interface SocketDialect extends Claimant {
  readonly running: RunningDialect;
}

/** Bounds of sockets; sizes in bytes, times in ms. */
export interface SocketLimits {
  readonly maxPayload: number;
  readonly maxBuffered: number;
  readonly maxUnauthenticated: number;
  readonly pingInterval: number;
}

/** What the socket layer needs. */
export interface SocketsPorts {
  readonly dialects: readonly SocketDialect[];
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
  /** Closes every socket politely and cuts off those that do not answer within `grace` ms. */
  close(grace: number): Promise<void>;
}

interface Peer {
  readonly ws: WebSocket;
  readonly dialect: RunningDialect;
  alive: boolean;
}

const SOCKET_ID_PART = 10_000_000_000;
const FAREWELL = { code: 1001, reason: 'the relay is closing' };
const INTERNAL_ERROR = 1011;

/** Answers an upgrade with an error. The stream may be half open, so a peer that does not close it is cut off. */
function refuse(stream: Duplex, status: string, ...headers: string[]): void {
  stream.once('finish', () => stream.destroy());
  stream.end([`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...headers, '', ''].join('\r\n'));
}

/** The dialect's encoder, as its connections use it. */
function framesOf(dialect: RunningDialect): (event: ChannelEvent, channel: string) => Buffer | undefined {
  if (dialect.namesChannel === true) return framePerChannel((event, channel) => dialect.encode?.(event, channel));
  return frameOnce((event: ChannelEvent) => dialect.encode?.(event, event.channel));
}

/** A session, or none where making it failed: that must not end the process. */
function open(make: () => Session | undefined, fault: (error: unknown) => void): Session | undefined {
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
  const wss = new WebSocketServer({ noServer: true, maxPayload: limits.maxPayload, perMessageDeflate: false });
  const corks = createCorks();
  const peers = new Set<Peer>();
  const frames = new Map<RunningDialect, (event: ChannelEvent, channel: string) => Buffer | undefined>();
  for (const { running } of dialects) frames.set(running, framesOf(running));
  let unauthenticated = 0;
  let refusing = false;
  let draining = false;
  let timer: Timer;

  function beat(): void {
    for (const peer of peers) {
      if (peer.dialect.watchesPeers === true) continue;
      // While a frame is being handled nothing is read, so a pong could not be seen.
      if (peer.ws.isPaused) peer.alive = true;
      else if (!peer.alive) peer.ws.terminate();
      else {
        peer.alive = false;
        peer.ws.ping();
      }
    }
    timer = clock.setTimeout(beat, limits.pingInterval);
  }

  function accept(ws: WebSocket, stream: Duplex, request: IncomingMessage, dialect: RunningDialect): void {
    const peer: Peer = { ws, dialect, alive: true };
    const remoteAddress = ports.addressOf(request);
    let proven = false;
    const authenticated = () => {
      if (proven) return;
      proven = true;
      unauthenticated -= 1;
    };
    // A frame that breaks the protocol is an error event even after a close was begun; without a listener it would end the process.
    ws.on('error', (error) => logger.debug({ address: remoteAddress, err: error }, 'socket error'));
    refusing = false;
    unauthenticated += 1;
    peers.add(peer);
    const socket = new SocketConnection({
      id: `${randomInt(SOCKET_ID_PART)}.${randomInt(SOCKET_ID_PART)}`,
      remoteAddress,
      ws,
      stream,
      corks,
      frame: frames.get(dialect) ?? (() => undefined),
      maxBuffered: limits.maxBuffered,
      onAuthenticated: authenticated,
      onSlow() {
        logger.warn({ address: remoteAddress, limit: 'websocket.maxBuffered' }, 'slow reader cut off');
        ws.terminate();
      },
    });
    const fault = (error: unknown) => {
      logger.error({ err: error }, 'session fault');
      ws.close(INTERNAL_ERROR, 'internal error');
    };
    const session = open(() => dialect.open?.(socket, request), fault);
    const intake = createIntake({
      receive: (text) => session?.receive(text),
      pause: () => ws.pause(),
      resume: () => ws.resume(),
      fault,
    });
    ws.on('pong', () => {
      peer.alive = true;
      session?.ponged?.();
    });
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
  }

  return {
    attach(server) {
      timer ??= clock.setTimeout(beat, limits.pingInterval);
      server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        stream.on('error', (error) => logger.debug({ err: error }, 'upgrade error'));
        const path = ports.pathOf(request.url ?? '/');
        const owner = path === undefined ? undefined : claimantOf(dialects, path);
        if (draining) refuse(stream, '503 Service Unavailable');
        else if (owner?.running.open === undefined) refuse(stream, '404 Not Found');
        else if (unauthenticated >= limits.maxUnauthenticated) {
          // Once per flood: the log has to stay bounded too.
          if (!refusing) logger.warn({ limit: 'websocket.maxUnauthenticated' }, 'sockets are refused');
          refusing = true;
          refuse(stream, '503 Service Unavailable', 'Retry-After: 5');
        } else wss.handleUpgrade(request, stream, head, (ws) => accept(ws, stream, request, owner.running));
      });
    },
    async close(grace) {
      draining = true;
      clock.clearTimeout(timer);
      const gone = [...peers].map(({ ws }) => new Promise((resolve) => ws.once('close', resolve)));
      for (const { ws, dialect } of peers) {
        const { code, reason } = dialect.farewell ?? FAREWELL;
        ws.close(code, reason);
      }
      const cut = setTimeout(() => {
        for (const { ws } of peers) ws.terminate();
      }, grace);
      await Promise.all(gone);
      clearTimeout(cut);
    },
  };
}
