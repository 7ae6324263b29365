// Open sockets, each with its session. sockets.ts decides which upgrades become sockets.
import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData } from 'ws';
import type { Logger } from '../base/logger.ts';
import type { ChannelEvent } from '../channel/connection.ts';
import type { CloseReason, RunningDialect, Session, Socket } from '../dialects/dialect.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import { SocketConnection } from './connection.ts';
import { createFlusher } from './flusher.ts';
import { framesOnce, framesPerChannel } from './frame.ts';
import { createFrameQueue } from './frame-queue.ts';
import type { BeatingPeer } from './heartbeat.ts';
import type { PeerSocket } from './peer-socket.ts';
import type { RejectedSockets } from './rejected-sockets.ts';
import type { Unauthenticated } from './unauthenticated.ts';

/** A session, or the reason for closing the socket. Undefined when the session could not be opened. */
export type Entry = Session | CloseReason | undefined;

/** One open socket. */
export interface OpenSocket extends BeatingPeer {
  readonly ws: PeerSocket;
  readonly socket: SocketConnection;
  readonly dialect: RunningDialect;
}

/** What the open sockets need. */
export interface OpenSocketsPorts {
  readonly dialects: readonly OpenDialect[];
  readonly logger: Logger;
  /** How many bytes may wait for one socket. */
  readonly maxBuffered: number;
  /** How long, in ms, a reader may take none of the bytes that wait for it. */
  readonly stallTimeout: number;
  readonly unauthenticated: Unauthenticated;
  readonly rejectedSockets: RejectedSockets;
  addressOf(request: IncomingMessage): string;
}

/** The open sockets of a relay. */
export interface OpenSockets {
  /** A live view of the set. */
  readonly all: ReadonlySet<OpenSocket>;
  /** Adds a socket after its upgrade, and opens its session. */
  add(
    ws: PeerSocket,
    stream: Duplex,
    request: IncomingMessage,
    dialect: RunningDialect,
    enter: (socket: Socket) => Entry,
  ): void;
}

const SOCKET_ID_PART = 10_000_000_000;
const INTERNAL_ERROR = 1011;
const OVERLOADED: CloseReason = { code: 1013, reason: 'too many sockets have not authenticated' };

type Frames = (events: readonly ChannelEvent[], channel: string) => Buffer | undefined;

/** The encoder of a dialect, in the form that its connections use. */
function framesOf(dialect: RunningDialect): Frames {
  if (dialect.namesChannel === true) return framesPerChannel((event, channel) => dialect.encode?.(event, channel));
  return framesOnce((event: ChannelEvent) => dialect.encode?.(event, event.channel));
}

/** Calls `make`. If it throws, only this socket fails; the process goes on. */
function open(make: () => Entry, fault: (error: unknown) => void): Entry {
  try {
    return make();
  } catch (error) {
    fault(error);
    return undefined;
  }
}

/** Creates the set of open sockets, which is empty at first. */
export function createOpenSockets(ports: OpenSocketsPorts): OpenSockets {
  const { logger, maxBuffered, stallTimeout, unauthenticated, rejectedSockets } = ports;
  const flusher = createFlusher();
  const all = new Set<OpenSocket>();
  let turn = 0;
  const frames = new Map<RunningDialect, Frames>();
  for (const { running } of ports.dialects) frames.set(running, framesOf(running));

  return {
    all,
    add(ws, stream, request, dialect, enter) {
      const remoteAddress = ports.addressOf(request);
      // A frame that breaks the protocol causes an error event, even during a close. Without a listener it would end the process.
      ws.on('error', (error) => logger.debug({ address: remoteAddress, err: error }, 'socket error'));
      const socket = new SocketConnection({
        id: `${randomInt(SOCKET_ID_PART)}.${randomInt(SOCKET_ID_PART)}`,
        remoteAddress,
        ws,
        stream,
        flusher,
        frames: frames.get(dialect) ?? (() => undefined),
        maxBuffered,
        stallTimeout,
        onAuthenticated: () => place.leave(),
        onSlow(limit) {
          logger.warn({ address: remoteAddress, limit }, 'slow reader cut off');
          ws.terminate();
        },
      });
      const peer: OpenSocket = { ws, socket, dialect, watched: dialect.watchesPeers !== true, turn, alive: true };
      turn += 1;
      const place = unauthenticated.enter(remoteAddress, () => {
        queue.end();
        rejectedSockets.reject(ws, socket, dialect.overloaded ?? OVERLOADED);
      });
      all.add(peer);
      const fault = (error: unknown) => {
        logger.error({ err: error }, 'session fault');
        socket.close(INTERNAL_ERROR, 'internal error');
      };
      const entry = open(() => enter(socket), fault);
      const session = entry !== undefined && 'receive' in entry ? entry : undefined;
      const queue = createFrameQueue({
        receive: (text) => session?.receive(text),
        pause: () => ws.pause(),
        resume: () => ws.resume(),
        ended: () => session?.closed(),
        fault,
      });
      const alive = () => {
        peer.alive = true;
        session?.ponged?.();
      };
      ws.on('pong', (payload: Buffer) => {
        alive();
        socket.ponged(payload.toString());
      });
      ws.on('ping', alive);
      ws.on('message', (data: RawData, isBinary: boolean) => {
        peer.alive = true;
        place.spoke();
        queue.take(isBinary ? null : data.toString());
      });
      // The peer still counts as unauthenticated after its Close frame, until its connection is gone.
      ws.on('ended', () => queue.finish());
      // The peer has ended its side without a Close frame. `close` may come much later, when all waiting bytes have been sent.
      stream.once('end', () => queue.finish());
      ws.on('close', () => {
        all.delete(peer);
        place.leave();
        socket.closed();
        queue.end();
      });
      if (entry !== undefined && 'code' in entry) {
        place.leave();
        rejectedSockets.reject(ws, socket, entry);
      }
    },
  };
}
