// A ws socket as the channel core and the dialects see it.
import type { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ChannelEvent } from '../channel/connection.ts';
import type { Socket } from '../dialects/dialect.ts';
import type { Flushable, Flusher } from './flusher.ts';
import { textFrame } from './frame.ts';
import type { PeerSocket } from './peer-socket.ts';

/** The bound that a slow reader reached. It is the reason for cutting it off. */
export type SlowReader = 'websocket.maxBuffered' | 'websocket.stallTimeout';

/** What a connection needs. */
export interface ConnectionParts {
  readonly id: string;
  readonly remoteAddress: string;
  readonly ws: PeerSocket;
  /** The stream below `ws`. Whole frames that are written to it keep their order with frames that `ws` writes. */
  readonly stream: Duplex;
  readonly flusher: Flusher;
  /** The dialect's encoder. It builds the frames of events that were published together, once or once per channel. */
  frames(events: readonly ChannelEvent[], channel: string): Buffer | undefined;
  /** Most bytes of earlier turns that may wait for a reader. A reader with more is cut off at the next frame. */
  readonly maxBuffered: number;
  /** How long, in ms, a reader may take none of the bytes that wait for it. */
  readonly stallTimeout: number;
  onAuthenticated(): void;
  onSlow(limit: SlowReader): void;
}

/** Any reader takes so few bytes within moments, so it is not worth asking whether it did. */
const UNNOTICED = 65_536;
/** Payload that marks a ping of `caughtUp`, and its pong. */
const PROBE = 'read';

/** A ping that the peer has not answered. */
interface Probe {
  readonly number: number;
  /** All bytes that were written up to this ping. */
  readonly before: number;
  readonly after: number;
  readonly answered: Promise<void>;
  resolve(): void;
}

/**
 * Writes frames that are already built, past ws's own framing. The frames of one turn leave in one system call. Queueing them
 * here makes a fan-out cheaper than queueing them in the stream: it touches each stream once instead of twice.
 */
export class SocketConnection implements Socket, Flushable {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #parts: ConnectionParts;
  #queue: Buffer[] | undefined;
  /** Bytes of the turn that exceeded `maxBuffered`: one large message says nothing about its reader. */
  #exempt = 0;
  #isBackedUp = false;
  #probes: Probe[] = [];
  #lastProbe = 0;
  /** Bytes that the peer has read. */
  #read = 0;

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.remoteAddress = parts.remoteAddress;
    this.#parts = parts;
  }

  /** Whether bytes wait for the peer. A ping would wait behind them, and `stallTimeout` ends a peer that takes none. */
  get isBackedUp(): boolean {
    return this.#isBackedUp;
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    const frames = this.#parts.frames(events, channel);
    if (frames !== undefined) this.#write(frames);
  }

  send(text: string): void {
    this.#write(textFrame(text));
  }

  ping(): void {
    const { ws } = this.#parts;
    if (ws.readyState === ws.OPEN) ws.ping();
  }

  /** Sends a ping. Its pong shows that the peer has read everything before it. */
  caughtUp(): Promise<void> | undefined {
    this.flush();
    const { ws, stream } = this.#parts;
    if (ws.readyState !== ws.OPEN || stream.destroyed) return undefined;
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
    this.#probes.push({
      number: this.#lastProbe,
      before: written,
      after: bytesWritten(stream),
      answered,
      resolve,
    });
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
  }

  /** The socket is gone. */
  closed(): void {
    for (const { resolve } of this.#probes) resolve();
    this.#probes = [];
  }

  close(code?: number, reason?: string): void {
    // Nothing may follow the Close frame.
    this.flush();
    this.#parts.ws.closeFromHere(code, reason);
  }

  authenticated(): void {
    this.#parts.onAuthenticated();
  }

  flush(): void {
    const frames = this.#queue;
    if (frames === undefined) return;
    this.#queue = undefined;
    const { ws, stream, maxBuffered } = this.#parts;
    if (ws.readyState !== ws.OPEN || stream.destroyed) return;
    const waiting = stream.writableLength;
    // Checked before the first frame of the turn. A backlog that leaves in one turn says nothing about its reader, which would
    // only reconnect for the same backlog.
    if (waiting > maxBuffered) {
      if (waiting - this.#exempt > maxBuffered) {
        this.#parts.onSlow('websocket.maxBuffered');
        return;
      }
    } else {
      this.#exempt = 0;
    }
    const isBurst = frames.length > 1;
    if (isBurst) stream.cork();
    let isFull = false;
    for (const frame of frames) if (!stream.write(frame)) isFull = true;
    if (isBurst) stream.uncork();
    if (isFull) this.#backUp(waiting);
  }

  /** @param before bytes that were waiting before this turn */
  #backUp(before: number): void {
    const { stream, maxBuffered, stallTimeout } = this.#parts;
    const waiting = stream.writableLength;
    if (before <= maxBuffered && waiting > maxBuffered) this.#exempt = waiting - before;
    if (waiting === 0 || this.#isBackedUp || !isNetSocket(stream)) return;
    this.#isBackedUp = true;
    // Node's timeout of a socket counts from the last byte that left, and costs nothing while none is waiting.
    const stalled = () => this.#parts.onSlow('websocket.stallTimeout');
    stream.setTimeout(stallTimeout, stalled);
    stream.once('drain', () => {
      this.#isBackedUp = false;
      stream.setTimeout(0);
      stream.off('timeout', stalled);
    });
  }

  #write(frames: Buffer): void {
    if (this.#queue !== undefined) {
      this.#queue.push(frames);
      return;
    }
    this.#queue = [frames];
    this.#parts.flusher.add(this);
  }
}

function isNetSocket(stream: Duplex): stream is NetSocket {
  return 'setTimeout' in stream;
}

/** All bytes that were ever written, whether they were sent or not. */
function bytesWritten(stream: Duplex): number {
  return isNetSocket(stream) ? stream.bytesWritten : 0;
}
