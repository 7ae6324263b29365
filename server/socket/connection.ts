// A ws socket as the channel core and the dialects see it.
import type { Duplex } from 'node:stream';
import type { ChannelEvent } from '../channel/connection.ts';
import type { Socket } from '../dialects/dialect.ts';
import type { Flushable, Flusher } from './flusher.ts';
import { textFrame } from './frame.ts';
import type { PeerSocket } from './peer-socket.ts';

/** What a connection is made of. */
export interface ConnectionParts {
  readonly id: string;
  readonly remoteAddress: string;
  readonly ws: PeerSocket;
  /** The stream below `ws`. Whole frames written to it keep their order with those that `ws` itself writes. */
  readonly stream: Duplex;
  readonly flusher: Flusher;
  /** The dialect's encoder: the frames of events that were published together, built once or once per channel. */
  frames(events: readonly ChannelEvent[], channel: string): Buffer | undefined;
  /** Most bytes of earlier turns that may wait for a reader; one with more is cut off when the next frame comes. */
  readonly maxBuffered: number;
  onAuthenticated(): void;
  onSlow(): void;
}

/**
 * Writes frames that are built already, past ws's own per-socket framing; those of one turn leave in one system call. To
 * queue them costs a fan-out less than to have the stream hold them: it looks at each stream once, and not twice.
 */
export class SocketConnection implements Socket, Flushable {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #parts: ConnectionParts;
  #queue: Buffer[] | undefined;

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.remoteAddress = parts.remoteAddress;
    this.#parts = parts;
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

  close(code?: number, reason?: string): void {
    // Nothing may follow the frame with which ws closes.
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
    // Before the turn's first frame: a backlog that leaves at once says nothing about its reader, and to cut that one off
    // would only bring it back for the same backlog.
    if (stream.writableLength > maxBuffered) {
      this.#parts.onSlow();
      return;
    }
    const isBurst = frames.length > 1;
    if (isBurst) stream.cork();
    for (const frame of frames) stream.write(frame);
    if (isBurst) stream.uncork();
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
