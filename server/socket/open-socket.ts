// One open socket: what ws reports goes to the session, and what the session does to the socket.
import type { Duplex } from 'node:stream';
import type { Logger } from '../base/logger.ts';
import type { CloseReason, RunningDialect, Session, Socket } from '../dialects/dialect.ts';
import { type ConnectionOwner, type ConnectionSettings, type SlowReader, SocketConnection } from './connection.ts';
import { FrameQueue, type FrameQueuePorts } from './frame-queue.ts';
import type { BeatingPeer } from './heartbeat.ts';
import type { PeerEvents, PeerSocket } from './peer-socket.ts';
import type { RejectedSockets } from './rejected-sockets.ts';
import type { Place, Unauthenticated } from './unauthenticated.ts';

/** A session, or the reason for closing the socket. Undefined when the session could not be opened. */
export type Entry = Session | CloseReason | undefined;

/** What all open sockets of one dialect share. */
export interface OpenSocketSettings extends ConnectionSettings {
  readonly dialect: RunningDialect;
  readonly logger: Logger;
  readonly unauthenticated: Unauthenticated;
  readonly rejectedSockets: RejectedSockets;
  /** The set of open sockets, which a socket leaves by itself. */
  readonly all: Set<OpenSocket>;
}

/** What one socket needs for itself. */
export interface OpenSocketParts {
  readonly id: string;
  readonly remoteAddress: string;
  readonly ws: PeerSocket;
  readonly stream: Duplex;
  /** A running number, for the heartbeat. */
  readonly turn: number;
}

const INTERNAL_ERROR = 1011;
const OVERLOADED: CloseReason = { code: 1013, reason: 'too many sockets have not authenticated' };

/** There are thousands of these, and most are idle. So it has methods in place of closures, and keeps no upgrade request. */
export class OpenSocket implements BeatingPeer, ConnectionOwner, FrameQueuePorts, PeerEvents {
  readonly ws: PeerSocket;
  readonly socket: SocketConnection;
  readonly turn: number;
  alive = true;
  readonly #settings: OpenSocketSettings;
  readonly #queue: FrameQueue;
  /** Its place among the unauthenticated; undefined once it has left. */
  #place: Place | undefined;
  #session: Session | undefined;

  constructor({ id, remoteAddress, ws, stream, turn }: OpenSocketParts, settings: OpenSocketSettings) {
    this.ws = ws;
    this.turn = turn;
    this.#settings = settings;
    this.#queue = new FrameQueue(this);
    this.socket = new SocketConnection({ id, remoteAddress, ws, stream, settings, owner: this });
    this.#place = settings.unauthenticated.enter(remoteAddress, () => this.#displace());
    ws.events = this;
    // The peer has ended its side without a Close frame. `close` may come much later, when all waiting bytes have been sent.
    stream.on('end', () => this.#queue.finish());
  }

  get dialect(): RunningDialect {
    return this.#settings.dialect;
  }

  get watched(): boolean {
    return this.#settings.dialect.watchesPeers !== true;
  }

  /** Opens the session. If that fails, only this socket closes; the process goes on. */
  open(enter: (socket: Socket) => Entry): void {
    let entry: Entry;
    try {
      entry = enter(this.socket);
    } catch (error) {
      this.fault(error);
    }
    if (entry === undefined) return;
    if ('receive' in entry) {
      this.#session = entry;
    } else {
      this.#leave();
      this.#settings.rejectedSockets.reject(this.ws, this.socket, entry);
    }
  }

  message(text: string | null): void {
    this.alive = true;
    this.#place?.spoke();
    this.#queue.take(text);
  }

  pinged(): void {
    this.alive = true;
    this.#session?.ponged?.();
  }

  ponged(payload: string): void {
    this.alive = true;
    this.#session?.ponged?.(payload);
    this.socket.ponged(payload);
  }

  ended(): void {
    // The peer still counts as unauthenticated after its Close frame, until its connection is gone.
    this.#queue.finish();
  }

  closed(): void {
    this.#settings.all.delete(this);
    this.#leave();
    this.socket.closed();
    this.#queue.end();
  }

  failed(error: unknown): void {
    this.#settings.logger.debug({ address: this.socket.remoteAddress, err: error }, 'socket error');
  }

  receive(text: string | null): void | Promise<void> {
    return this.#session?.receive(text);
  }

  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  conclude(): void {
    this.#session?.closed();
  }

  fault(error: unknown): void {
    this.#settings.logger.error({ err: error }, 'session fault');
    this.socket.close(INTERNAL_ERROR, 'internal error');
  }

  authenticated(): void {
    this.#leave();
  }

  slow(limit: SlowReader): void {
    this.#settings.logger.warn({ address: this.socket.remoteAddress, limit }, 'slow reader cut off');
    this.ws.terminate();
  }

  #leave(): void {
    this.#place?.leave();
    this.#place = undefined;
  }

  #displace(): void {
    this.#queue.end();
    this.#settings.rejectedSockets.reject(this.ws, this.socket, this.dialect.overloaded ?? OVERLOADED);
  }
}
