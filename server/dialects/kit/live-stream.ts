// One answer that goes on to one peer. Chunks are written past Node's own framing: a message often goes to thousands of streams
// with the same bytes, so its chunk is made once, and leaves in one write for each peer.
import type { ServerResponse } from 'node:http';
import type { Flushable, Flusher } from '../../base/flusher.ts';
import { rememberLast } from '../../base/remember-last.ts';

/**
 * Why an answer is over. `gone`: the peer left. `slow`: the peer reads too slowly. `closing`: the relay ends. `done`: the relay
 * had nothing more to say, or the peer may no longer listen.
 */
export type StreamEnd = 'gone' | 'slow' | 'closing' | 'done';

/** An open stream to one peer. */
export interface LiveStream {
  readonly isOpen: boolean;
  /**
   * Sends text. If more than `streams.maxBuffered` bytes wait for the peer already, the stream ends instead.
   * @returns whether the stream is open
   */
  write(text: string): boolean;
  /** Resolves when the peer has taken most of what was sent, or is gone. Undefined if little waits for it. */
  drained(): Promise<void> | undefined;
  /** Ends the answer in good order, as a whole. */
  finish(): void;
  /**
   * Ends the TCP connection, so that the peer does not take a part for the whole and comes back. Programs that read streams
   * treat an answer that ends in good order as the end of all news.
   */
  cut(): void;
}

/** One stream. */
export interface StreamOptions {
  readonly contentType: string;
  /** How often a sign of life is sent, in ms from the start, whatever else is sent. */
  readonly keepalive: number;
  /** The sign of life. */
  sign(): string;
  /** Sends everything. Called when the head of the answer was sent. */
  run(stream: LiveStream): void | Promise<void>;
  /** Called once when the stream is over, also if it never began. */
  ended(why: StreamEnd): void;
}

/** What all streams share. */
interface LiveSettings {
  /** The most bytes that wait for one peer. */
  readonly maxBuffered: number;
  readonly flusher: Flusher;
}

/** A stream catches up in parts, and waits while more than this share of the bound is unsent. */
const HIGH_WATER = 0.25;

/** A chunk of HTTP (RFC 9112, section 7.1). Many streams are sent the same text in a row. */
const chunkOf = rememberLast((text: string) => {
  const length = Buffer.byteLength(text);
  return Buffer.from(`${length.toString(16)}\r\n${text}\r\n`);
});

/** Ends the connection of an answer once everything was sent. A peer that does not read is cut off when the server closes. */
export function endConnection(response: ServerResponse): void {
  if (response.socket === null) response.destroy();
  else response.socket.destroySoon();
}

/** A class and not closures, because thousands may be open. */
export class Live implements LiveStream, Flushable {
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  readonly #settings: LiveSettings;
  readonly #forget: () => void;
  /** Whether the answer consists of chunks. To a peer that speaks HTTP/1.0 it does not. */
  readonly #isChunked: boolean;
  /** The first chunk of this turn, and those after it. Most turns have one, so they need no array. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  /** How many bytes of the turn were not handed to the socket. */
  #queued = 0;
  isOpen = true;

  /** @param response with its head sent */
  constructor(response: ServerResponse, options: StreamOptions, settings: LiveSettings, forget: () => void) {
    this.#response = response;
    this.#options = options;
    this.#settings = settings;
    this.#forget = forget;
    this.#isChunked = response.chunkedEncoding;
    response.on('close', () => this.#over('gone'));
  }

  /** Runs the stream. What it throws ends it. */
  begin(failed: (error: unknown) => void): void {
    const fail = (error: unknown) => {
      if (this.isOpen) failed(error);
      this.cut();
    };
    try {
      this.#options.run(this)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  write(text: string): boolean {
    if (!this.isOpen) return false;
    const response = this.#response;
    if (response.writableLength + this.#queued > this.#settings.maxBuffered) this.end('slow');
    // The answer to an earlier request on this connection may not be over: Node then keeps what is written.
    else if (!this.#isChunked || response.socket === null) response.write(text);
    else if (text !== '') this.#add(chunkOf(text));
    return this.isOpen;
  }

  /** Hands the chunks of the turn to the socket. */
  flush(): void {
    const [first, others] = [this.#first, this.#others];
    if (first === undefined) return;
    this.#first = undefined;
    this.#others = undefined;
    const { socket } = this.#response;
    // Node ends a connection whose peer has ended its side. Chunks after that still count, so the bound holds.
    if (!socket?.writable) return;
    this.#queued = 0;
    if (others === undefined) {
      socket.write(first);
      return;
    }
    socket.cork();
    socket.write(first);
    for (const chunk of others) socket.write(chunk);
    socket.uncork();
  }

  sign(): void {
    this.write(this.#options.sign());
  }

  drained(): Promise<void> | undefined {
    if (!this.isOpen) return undefined;
    this.flush();
    const response = this.#response;
    const waits = response.socket ?? response;
    const most = this.#settings.maxBuffered * HIGH_WATER;
    if (response.writableLength <= most || !waits.writableNeedDrain) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        waits.off('drain', done);
        response.off('close', done);
        resolve();
      };
      waits.on('drain', done);
      response.on('close', done);
    });
  }

  finish(): void {
    if (!this.#over('done')) return;
    this.flush();
    this.#response.end();
  }

  cut(): void {
    this.end('done');
  }

  end(why: StreamEnd): void {
    if (!this.#over(why)) return;
    if (why === 'slow') {
      this.#response.destroy();
      return;
    }
    this.flush();
    endConnection(this.#response);
  }

  #add(chunk: Buffer): void {
    this.#queued += chunk.length;
    if (this.#first === undefined) {
      this.#first = chunk;
      this.#settings.flusher.add(this);
    } else if (this.#others === undefined) {
      this.#others = [chunk];
    } else {
      this.#others.push(chunk);
    }
  }

  #over(why: StreamEnd): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.#forget();
    this.#options.ended(why);
    return true;
  }
}
