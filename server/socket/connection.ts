// A ws socket as the channel core and the dialects see it.
import type { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Flushable, Flusher } from '../base/flusher.ts';
import { rememberLast } from '../base/remember-last.ts';
import type { ChannelEvent } from '../channel/connection.ts';
import type { Socket } from '../dialects/dialect.ts';
import { textFrame } from './frame.ts';
import type { PeerSocket } from './peer-socket.ts';

/** The bound for which the relay cuts off a slow reader. */
export type SlowReader = 'websocket.maxBuffered' | 'websocket.stallTimeout';

/** What all connections of one dialect share. */
export interface ConnectionSettings {
  readonly flusher: Flusher;
  /** The dialect's encoder. Builds the frames of events that were published together: once, or once per channel. */
  frames(events: readonly ChannelEvent[], channel: string): Buffer | undefined;
  /** How many bytes of earlier turns may wait for a reader. The next frame cuts off a reader with more. */
  readonly maxBuffered: number;
  /** How long, in ms, a reader may take none of the bytes that wait for it. */
  readonly stallTimeout: number;
  /** Whether connections end without a Close frame. */
  readonly endsAbruptly: boolean;
}

/** What a connection needs for itself. */
export interface ConnectionParts {
  readonly id: string;
  readonly remoteAddress: string;
  readonly ws: PeerSocket;
  /** The stream below `ws`. Whole frames written to it stay in order with the frames that `ws` writes. */
  readonly stream: Duplex;
  readonly settings: ConnectionSettings;
  readonly owner: ConnectionOwner;
}

/** Is told about a connection. */
export interface ConnectionOwner {
  authenticated(): void;
  /** The reader is too slow. */
  slow(limit: SlowReader): void;
}

/** Up to this many unread bytes, `caughtUp` sends no ping: any reader takes so few bytes within moments. */
const UNNOTICED = 65_536;
/** Payload that marks a ping of `caughtUp`, and its pong. */
const PROBE = 'read';
/** Many sockets are sent the same text in a row. */
const frameOf = rememberLast(textFrame);
/** Shared by all connections that wait for no pong. */
const NO_PROBES: Probe[] = [];

/** A ping that the peer has not answered. */
interface Probe {
  readonly number: number;
  /** How many bytes were written before this ping, since the socket opened. */
  readonly before: number;
  /** The same including the ping. */
  readonly after: number;
  readonly answered: Promise<void>;
  resolve(): void;
}

/**
 * Writes finished frames directly to the stream, past ws's own framing. All frames of one turn leave in one system call. The
 * queue here makes a fan-out cheaper than the stream's own queue would: it touches each stream once instead of twice.
 */
export class SocketConnection implements Socket, Flushable {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #ws: PeerSocket;
  readonly #stream: Duplex;
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  /** The first frames of this turn, and those after them. Most turns have one, so they need no array. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  /** Bytes of the turn that exceeded `maxBuffered`. They do not count, because one large message does not make a slow reader. */
  #exempt = 0;
  #isBackedUp = false;
  #probes: Probe[] = NO_PROBES;
  #lastProbe = 0;
  /** How many bytes the peer is known to have read. */
  #read = 0;

  constructor({ id, remoteAddress, ws, stream, settings, owner }: ConnectionParts) {
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.#ws = ws;
    this.#stream = stream;
    this.#settings = settings;
    this.#owner = owner;
  }

  /** Whether bytes wait for the peer. A ping would wait behind them. `stallTimeout` cuts off a peer that takes none. */
  get isBackedUp(): boolean {
    return this.#isBackedUp;
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    const frames = this.#settings.frames(events, channel);
    if (frames !== undefined) this.#write(frames);
  }

  send(text: string): void {
    this.#write(frameOf(text));
  }

  ping(payload?: string): void {
    if (payload !== undefined) this.flush();
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping(payload);
  }

  /** Sends a ping. Its pong shows that the peer has read everything before it. */
  caughtUp(): Promise<void> | undefined {
    this.flush();
    const [ws, stream] = [this.#ws, this.#stream];
    if (ws.readyState !== WebSocket.OPEN || stream.destroyed) return undefined;
    const written = bytesWritten(stream);
    if (stream.writableLength === 0 && written - this.#read < UNNOTICED) return undefined;
    const latest = this.#probes.at(-1);
    if (latest !== undefined && latest.after === written) return latest.answered;
    let resolve: () => void = () => {};
    const answered = new Promise<void>((done) => {
      resolve = done;
    });
    this.#lastProbe += 1;
    ws.ping(`${PROBE} ${this.#lastProbe}`);
    const probe = { number: this.#lastProbe, before: written, after: bytesWritten(stream), answered, resolve };
    this.#probes = [...this.#probes, probe];
    return answered;
  }

  /** The peer answered a ping. */
  ponged(payload: string): void {
    if (this.#probes.length === 0 || !payload.startsWith(PROBE)) return;
    const number = Number(payload.slice(PROBE.length));
    this.#probes = this.#probes.filter((probe) => {
      if (probe.number > number) return true;
      this.#read = Math.max(this.#read, probe.before);
      probe.resolve();
      return false;
    });
    if (this.#probes.length === 0) this.#probes = NO_PROBES;
  }

  /** The socket is gone. */
  closed(): void {
    for (const { resolve } of this.#probes) resolve();
    this.#probes = NO_PROBES;
  }

  close(code?: number, reason?: string): void {
    // Nothing may follow the Close frame.
    this.flush();
    if (!this.#settings.endsAbruptly) this.#ws.closeFromHere(code, reason);
    else if (isNetSocket(this.#stream)) this.#stream.destroySoon();
    else this.#stream.end();
  }

  authenticated(): void {
    this.#owner.authenticated();
  }

  flush(): void {
    const [first, others] = [this.#first, this.#others];
    if (first === undefined) return;
    this.#first = undefined;
    this.#others = undefined;
    // A stream that was just destroyed ignores what is written. Asking it would cost each frame of a fan-out a cache miss.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const stream = this.#stream;
    const waiting = stream.writableLength;
    if (waiting === 0) this.#exempt = 0;
    else if (!this.#mayWait(waiting)) return;
    if (others !== undefined) stream.cork();
    let isFull = !stream.write(first);
    if (others !== undefined) {
      for (const frame of others) if (!stream.write(frame)) isFull = true;
      stream.uncork();
    }
    if (isFull) this.#backUp(waiting);
  }

  /**
   * Whether that many bytes of earlier turns may wait. Cuts off the reader otherwise. Checked before the frames of a turn are
   * written: a large backlog in one turn does not make a slow reader, and a reader that is cut off for it would only reconnect
   * for the same backlog.
   */
  #mayWait(waiting: number): boolean {
    const { maxBuffered } = this.#settings;
    if (waiting <= maxBuffered) {
      this.#exempt = 0;
    } else if (waiting - this.#exempt > maxBuffered) {
      this.#owner.slow('websocket.maxBuffered');
      return false;
    }
    return true;
  }

  /** Starts the watch for a stalled reader. @param before bytes that were waiting before this turn */
  #backUp(before: number): void {
    const stream = this.#stream;
    const { maxBuffered, stallTimeout } = this.#settings;
    const waiting = stream.writableLength;
    if (before <= maxBuffered && waiting > maxBuffered) this.#exempt = waiting - before;
    if (waiting === 0 || this.#isBackedUp || !isNetSocket(stream)) return;
    this.#isBackedUp = true;
    // Node's socket timeout counts from the last byte that left. It runs only while bytes are waiting.
    const stalled = () => this.#owner.slow('websocket.stallTimeout');
    stream.setTimeout(stallTimeout, stalled);
    stream.once('drain', () => {
      this.#isBackedUp = false;
      stream.setTimeout(0);
      stream.off('timeout', stalled);
    });
  }

  #write(frames: Buffer): void {
    if (this.#first === undefined) {
      this.#first = frames;
      this.#settings.flusher.add(this);
    } else if (this.#others === undefined) {
      this.#others = [frames];
    } else {
      this.#others.push(frames);
    }
  }
}

function isNetSocket(stream: Duplex): stream is NetSocket {
  return 'setTimeout' in stream;
}

/** How many bytes were ever written to the stream, including those that wait. */
function bytesWritten(stream: Duplex): number {
  return isNetSocket(stream) ? stream.bytesWritten : 0;
}
