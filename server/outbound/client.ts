// Sends a request, once, with bounds on the time, the sockets, and the bytes that are read of the answer.
// Not here: what an answer means; each caller knows that.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../base/clock.ts';
import { joinSignals, startDeadline } from '../base/deadline.ts';
import type { Limiter } from '../base/limiter.ts';
import type { Agents } from './agents.ts';
import { loadAxios } from './load.ts';
import { readRetryAfter } from './retry-after.ts';

/** One request, ready to be sent as it is. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** URL of the proxy to use; undefined for none, even if the environment names one. */
  readonly proxy: string | undefined;
}

/** What came back. If no answer came, `fault` says why in a few words that reveal nothing about the request. */
export type Answer =
  | {
      readonly fault?: undefined;
      readonly status: number;
      /** Status and phrase, such as `answered 503 Service Unavailable`. */
      readonly words: string;
      /** The wait that `Retry-After` asks for, in ms. */
      readonly after: number | undefined;
      /** The beginning of the body. */
      readonly body: Buffer;
      /** Whether `body` is the whole body. */
      readonly isWhole: boolean;
    }
  | { readonly fault: string };

/** Sends requests with the bounds of one profile, over connections of its own. */
export interface Client {
  /** Sends once. Never rejects: an abort and a timeout are faults, too. */
  send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer>;
  /** Aborts the requests under way and closes every connection. */
  close(): void;
}

/** The bounds of one kind of request. No redirect is followed: it would pass credentials of the request to others. */
export interface Profile {
  /** Longest time in ms that one request may take, once it has a socket. */
  readonly timeout: number;
  /** The most bytes that are read of an answer; 16 KiB by default. The rest is cut off. */
  readonly maxAnswer?: number;
  /** Longest time in ms that reading an answer may take after its headers have arrived; 1 s by default. */
  readonly answerTime?: number;
  /** Whether requests may only go to the public internet. */
  readonly publicOnly?: boolean;
}

/** What {@link createClient} works with. */
export interface ClientOptions extends Profile {
  readonly clock: Clock;
  readonly agents: Agents;
  /** Bounds the sockets of all clients together. */
  readonly sockets?: Limiter;
}

/** The fault of a request that the relay itself aborted. */
export const ABORTED = 'aborted';
const MAX_ANSWER = 16_384;
const ANSWER_TIME = 1000;

/** Makes a client that uses the given agents. */
export function createClient(options: ClientOptions): Client {
  const { clock, timeout, agents, sockets, maxAnswer = MAX_ANSWER, answerTime = ANSWER_TIME } = options;
  const closing = new AbortController();

  async function sendOnce(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const way = await agents.wayTo(request.url, request.proxy);
    const axios = loadAxios();
    const post = () => axios.request<Readable>({ ...way, ...settingsOf(request), signal });
    const { status, statusText, headers, data } = await post().catch((error: unknown) => {
      // The target closed a kept connection just as it was used again. That is no failure of the target: send once
      // more.
      if (axios.isAxiosError(error) && error.code === 'ECONNRESET' && error.request?.reusedSocket === true) {
        return post();
      }
      throw error;
    });
    const read = await readBeginning(data, { clock, signal, maxAnswer, answerTime });
    const phrase = statusText.replace(/[^ -~]/g, '').slice(0, 100);
    const after = readRetryAfter(headers['retry-after'], clock.now());
    return { status, words: `answered ${status} ${phrase}`.trimEnd(), after, ...read };
  }

  async function send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const attempt = startDeadline({ clock, timeout, signal });
    try {
      return await sendOnce(request, attempt.signal);
    } catch (error) {
      if (attempt.timedOut) return { fault: `no answer within ${timeout} ms` };
      return { fault: attempt.signal.aborted ? ABORTED : faultOf(error) };
    } finally {
      attempt.clear();
    }
  }

  return {
    async send(request, signal) {
      const ends = joinSignals(signal, closing.signal);
      try {
        const release = sockets === undefined ? () => {} : await sockets.acquire(ends.signal);
        if (release === undefined || ends.signal.aborted) {
          release?.();
          return { fault: ABORTED };
        }
        try {
          return await send(request, ends.signal);
        } finally {
          release();
        }
      } finally {
        ends.clear();
      }
    },
    close() {
      closing.abort();
      agents.destroy();
    },
  };
}

function settingsOf({ method, url, headers, body }: OutgoingRequest) {
  return {
    adapter: 'http',
    method,
    url: url.href,
    headers: { ...headers, host: url.host, 'accept-encoding': 'identity' },
    ...(body === undefined ? {} : { data: body }),
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    validateStatus: () => true,
  } as const;
}

interface ReadOptions extends Required<Pick<Profile, 'maxAnswer' | 'answerTime'>> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The first bytes of an answer. A short answer is read to its end, so that the connection can be kept. Never rejects.
 */
async function readBeginning(data: Readable, { clock, signal, maxAnswer, answerTime }: ReadOptions) {
  const chunks: Buffer[] = [];
  let room = maxAnswer;
  let isWhole = true;
  const cut = () => {
    isWhole = false;
    data.destroy();
  };
  const timer = clock.setTimeout(cut, answerTime);
  signal.addEventListener('abort', cut, { once: true });
  data.on('data', (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) cut();
  });
  await finished(data).catch(() => {
    isWhole = false;
  });
  clock.clearTimeout(timer);
  signal.removeEventListener('abort', cut);
  return { body: Buffer.concat(chunks), isWhole };
}

/** The code of the error, never its message: that may name the target's URL, which can contain a password. */
function faultOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the request failed';
}
