// HTTP answers that go on: streams of events, and requests that are held open until someone answers.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { SharedTimeout } from '../../base/shared-timeout.ts';
import type { HttpAnswer, WrittenAnswer } from './http-message.ts';

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

/** A request that is held open. */
export interface HeldOptions {
  /**
   * Whether white space keeps the connection alive. Only for JSON, which may begin with it. The status is 200 once the first
   * byte was sent.
   */
  readonly spaced: boolean;
  /**
   * The answer. The signal aborts when no one waits for it any more; its reason is a {@link StreamEnd}.
   * It may not reject: the caller makes an answer of each error.
   */
  answer(signal: AbortSignal): Promise<HttpAnswer>;
}

/** Makes answers that go on, and ends them. */
export interface Streams {
  live(options: StreamOptions): WrittenAnswer;
  held(options: HeldOptions): WrittenAnswer;
  /** Ends all of them, because the relay closes. */
  close(): void;
}

/** What streams need. */
export interface StreamsPorts {
  readonly clock: Clock;
  /** `streams.maxBuffered`: the most bytes that wait for one peer. */
  readonly maxBuffered: number;
  /** Gets what a stream throws. */
  failed(error: unknown): void;
}

/** How often a held request gets a byte, in ms. Proxies give up after 30 s or more. */
const SPACE_INTERVAL = 20_000;
/** A stream catches up in parts, and waits while more than this share of the bound is unsent. */
const HIGH_WATER = 0.25;

/** Keeps proxies from holding the answer back, and everybody from storing it. */
const STREAM_HEADERS = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' } as const;

/** The streams of one relay. */
export function createStreams({ clock, maxBuffered, failed }: StreamsPorts): Streams {
  const open = new Set<Live | Held>();
  const signs = new Map<number, SharedTimeout<Live>>();
  const spaces = new SharedTimeout<Held>(clock, SPACE_INTERVAL, (held) => {
    held.space();
    spaces.start(held, clock.monotonic());
  });
  let isClosed = false;

  function signsEvery(ms: number): SharedTimeout<Live> {
    let timeout = signs.get(ms);
    if (timeout === undefined) {
      const made = new SharedTimeout<Live>(clock, ms, (stream) => {
        stream.sign();
        if (stream.isOpen) made.start(stream, clock.monotonic());
      });
      timeout = made;
      signs.set(ms, made);
    }
    return timeout;
  }

  return {
    live(options) {
      return {
        write(response) {
          if (response.destroyed || isClosed) {
            options.ended(isClosed ? 'closing' : 'gone');
            response.destroy();
            return;
          }
          response.writeHead(200, { ...STREAM_HEADERS, 'content-type': options.contentType });
          if (response.req.method === 'HEAD') {
            response.end();
            options.ended('done');
            return;
          }
          response.flushHeaders();
          const timeout = signsEvery(options.keepalive);
          const stream = new Live(response, options, maxBuffered, () => {
            open.delete(stream);
            timeout.stop(stream);
          });
          open.add(stream);
          timeout.start(stream, clock.monotonic());
          stream.begin(failed);
        },
      };
    },
    held(options) {
      return {
        write(response) {
          const held = new Held(response, () => {
            open.delete(held);
            spaces.stop(held);
          });
          open.add(held);
          if (options.spaced) spaces.start(held, clock.monotonic());
          if (response.destroyed || isClosed) held.end(isClosed ? 'closing' : 'gone');
          held.begin(options, failed);
        },
      };
    },
    close() {
      isClosed = true;
      for (const one of [...open]) one.end('closing');
    },
  };
}

/** Ends the connection once everything was sent. A peer that does not read is cut off when the server closes. */
function endConnection(response: ServerResponse): void {
  if (response.socket === null) response.destroy();
  else response.socket.destroySoon();
}

/** A class and not closures, because thousands may be open. */
class Live implements LiveStream {
  readonly #response: ServerResponse;
  readonly #options: StreamOptions;
  readonly #maxBuffered: number;
  readonly #forget: () => void;
  isOpen = true;

  constructor(response: ServerResponse, options: StreamOptions, maxBuffered: number, forget: () => void) {
    this.#response = response;
    this.#options = options;
    this.#maxBuffered = maxBuffered;
    this.#forget = forget;
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
    if (this.#response.writableLength > this.#maxBuffered) this.end('slow');
    else this.#response.write(text);
    return this.isOpen;
  }

  sign(): void {
    this.write(this.#options.sign());
  }

  drained(): Promise<void> | undefined {
    const response = this.#response;
    const most = this.#maxBuffered * HIGH_WATER;
    if (!this.isOpen || response.writableLength <= most || !response.writableNeedDrain) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }

  finish(): void {
    if (this.#over('done')) this.#response.end();
  }

  cut(): void {
    this.end('done');
  }

  end(why: StreamEnd): void {
    if (!this.#over(why)) return;
    if (why === 'slow') this.#response.destroy();
    else endConnection(this.#response);
  }

  #over(why: StreamEnd): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.#forget();
    this.#options.ended(why);
    return true;
  }
}

/** One request that is held open. */
class Held {
  readonly #response: ServerResponse;
  readonly #waiting = new AbortController();
  readonly #forget: () => void;

  constructor(response: ServerResponse, forget: () => void) {
    this.#response = response;
    this.#forget = forget;
    response.on('close', () => this.end('gone'));
  }

  begin({ answer }: HeldOptions, failed: (error: unknown) => void): void {
    answer(this.#waiting.signal)
      .then((made) => this.#write(made))
      .catch((error: unknown) => {
        failed(error);
        this.#response.destroy();
      });
  }

  space(): void {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { ...STREAM_HEADERS, 'content-type': 'application/json; charset=utf-8' });
    }
    this.#response.write(' ');
  }

  end(why: StreamEnd): void {
    if (this.#waiting.signal.aborted) return;
    this.#forget();
    this.#waiting.abort(why);
    endConnection(this.#response);
  }

  #write({ status, headers, body }: HttpAnswer): void {
    if (this.#waiting.signal.aborted) return;
    this.#forget();
    if (!this.#response.headersSent) {
      const length = Buffer.byteLength(body);
      this.#response.writeHead(status, { ...STREAM_HEADERS, ...headers, 'content-length': length });
    }
    this.#response.end(body);
  }
}
