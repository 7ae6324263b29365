// One request and its answer on an HTTP/2 connection. Not here: which connection (http2.ts).
import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Clock } from '../base/clock.ts';

/** One request. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** How much of an answer is read, and for how long once its headers have arrived. */
export interface ReadBounds {
  readonly clock: Clock;
  readonly maxAnswer: number;
  /** In ms. */
  readonly answerTime: number;
}

/** An answer. */
export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The beginning of the body. */
  readonly body: Buffer;
  readonly isWhole: boolean;
}

/** No answer. `wasRefused`: the target has certainly not read the request. */
export interface Failure {
  readonly error: Error;
  readonly wasRefused: boolean;
}

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, NGHTTP2_FLAG_END_STREAM } = constants;
const EMPTY = Buffer.alloc(0);

/** Sends a request. Never rejects. @param closed called when the stream no longer counts */
export function exchange(
  session: ClientHttp2Session,
  request: PlainRequest,
  { clock, maxAnswer, answerTime }: ReadBounds,
  signal: AbortSignal,
  closed: () => void,
): Promise<(Exchange & { readonly error?: undefined }) | Failure> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      closed();
      resolve({ error: new Error('aborted'), wasRefused: true });
      return;
    }
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(headersOf(request), { endStream: request.body === undefined });
    } catch (error) {
      // The session has just ended, or has used up its numbers.
      session.close();
      closed();
      resolve({ error: error as Error, wasRefused: true });
      return;
    }
    let headers: IncomingHttpHeaders | undefined;
    const chunks: Buffer[] = [];
    let room = maxAnswer;
    let timer: unknown;
    let failure: Error | undefined;

    const answer = (isWhole: boolean) => {
      if (headers === undefined) return;
      const body = chunks.length === 0 ? EMPTY : Buffer.concat(chunks);
      resolve({ status: Number(headers[':status']), headers, body, isWhole });
    };
    const cancel = () => {
      stream.close(NGHTTP2_CANCEL);
      // Otherwise, it would wait until the target has read what is before the reset.
      stream.destroy();
    };
    const cut = () => {
      answer(false);
      cancel();
    };
    signal.addEventListener('abort', cut, { once: true });
    stream.on('response', (received, flags) => {
      headers = received;
      if ((flags & NGHTTP2_FLAG_END_STREAM) === 0) timer = clock.setTimeout(cut, answerTime);
    });
    stream.on('data', (chunk: Buffer) => {
      if (room > 0) chunks.push(chunk.subarray(0, room));
      room -= chunk.length;
      if (room < 0) cut();
    });
    stream.on('end', () => {
      answer(true);
      // The target has answered, and may never read the rest of the request.
      if (!stream.writableFinished) cancel();
    });
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('close', () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', cut);
      closed();
      // Each of these does nothing after an answer.
      answer(false);
      const wasRefused = stream.rstCode === NGHTTP2_REFUSED_STREAM;
      resolve({ error: failure ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' }), wasRefused });
    });
    if (request.body !== undefined) stream.end(request.body);
  });
}

function headersOf({ method, url, headers, body }: PlainRequest) {
  return {
    ...headers,
    ':method': method,
    ':scheme': 'https',
    ':authority': url.host,
    ':path': url.pathname + url.search,
    'accept-encoding': 'identity',
    ...(body === undefined ? {} : { 'content-length': body.length }),
  };
}
