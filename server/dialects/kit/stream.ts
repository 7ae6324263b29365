// HTTP answers that go on: streams of events, and requests that are held open until someone answers.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { createFlusher } from '../../base/flusher.ts';
import { SharedTimeout } from '../../base/shared-timeout.ts';
import type { HttpAnswer, WrittenAnswer } from './http-message.ts';
import { endConnection, Live, type StreamEnd, type StreamOptions } from './live-stream.ts';

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

/** Keeps proxies from holding the answer back, and everybody from storing it. */
const STREAM_HEADERS = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' } as const;

/** The streams of one relay. */
export function createStreams({ clock, maxBuffered, failed }: StreamsPorts): Streams {
  const open = new Set<Live | Held>();
  const flusher = createFlusher();
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
          const stream = new Live(response, options, { maxBuffered, flusher }, () => {
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
