// Requests to the outside, as every transport sends them: one attempt, bounded in time and in what is read of the answer.
// Not here: what an answer means for a delivery; each transport knows that of its own peers.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../base/clock.ts';
import type { Agents } from './agents.ts';

/** One request, ready to be sent as it is. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** URL of the proxy to go through; undefined for none, whatever the environment says. */
  readonly proxy: string | undefined;
}

/** What came back. `fault` is set when no answer came: a few words that hold nothing of the request. */
export type Answer =
  | {
      readonly fault?: undefined;
      readonly status: number;
      /** Status and phrase, such as `answered 503 Service Unavailable`. */
      readonly words: string;
      /** The rest that `Retry-After` asks for, in ms. */
      readonly after: number | undefined;
      /** The beginning of the body. */
      readonly body: Buffer;
    }
  | { readonly fault: string };

/** The requests of one transport. */
export interface Outgoing {
  /** Sends once; never rejects. An abort of the signal and the end of the time are faults as well. */
  send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer>;
  /** Aborts what is on its way and closes every connection. */
  close(): void;
}

/** What {@link createOutgoing} works with. */
export interface OutgoingOptions {
  readonly clock: Clock;
  /** Longest time in ms that one request may take. */
  readonly timeout: number;
  readonly agents: Agents;
}

/** The fault of a request that its own side gave up. */
export const ABORTED = 'aborted';
/** Longest wait between two attempts, in ms; also the most that a `Retry-After` is obeyed. */
export const RETRY_CAP = 600_000;
/** Up to this many bytes and ms of an answer's body are read, so that the connection can be kept; the rest is cut off. */
const MAX_ANSWER = 16_384;
const ANSWER_GRACE = 1000;

/** Requests over the given connections. */
export function createOutgoing({ clock, timeout, agents }: OutgoingOptions): Outgoing {
  const underWay = new Set<AbortController>();
  let closed = false;

  async function sendOnce(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const way = await agents.wayTo(request.url, request.proxy);
    // Loaded with the first request: it is the largest part of a relay, and many never send one.
    const { default: axios } = await import('axios');
    const post = () => axios.request<Readable>({ ...way, ...settingsOf(request), signal });
    const { status, statusText, headers, data } = await post().catch((error: unknown) => {
      // A kept connection that the target closed in that moment says nothing about the target.
      if (axios.isAxiosError(error) && error.code === 'ECONNRESET' && error.request?.reusedSocket === true) {
        return post();
      }
      throw error;
    });
    const body = await readBeginning(data, clock, signal);
    const phrase = statusText.replace(/[^ -~]/g, '').slice(0, 100);
    const after = readRetryAfter(headers['retry-after'], clock.now());
    return { status, words: `answered ${status} ${phrase}`.trimEnd(), after, body };
  }

  return {
    async send(request, signal) {
      if (closed || signal.aborted) return { fault: ABORTED };
      const attempt = new AbortController();
      const abort = () => attempt.abort();
      let late = false;
      const timer = clock.setTimeout(() => {
        late = true;
        abort();
      }, timeout);
      signal.addEventListener('abort', abort, { once: true });
      underWay.add(attempt);
      try {
        return await sendOnce(request, attempt.signal);
      } catch (error) {
        if (late) return { fault: `no answer within ${timeout} ms` };
        return { fault: attempt.signal.aborted ? ABORTED : faultOf(error) };
      } finally {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        underWay.delete(attempt);
      }
    },
    close() {
      closed = true;
      for (const attempt of underWay) attempt.abort();
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
    // A redirect would carry what the request proves to somebody else.
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    validateStatus: () => true,
  } as const;
}

/** The first bytes of an answer; never rejects. */
async function readBeginning(data: Readable, clock: Clock, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = MAX_ANSWER;
  const cut = () => data.destroy();
  const timer = clock.setTimeout(cut, ANSWER_GRACE);
  signal.addEventListener('abort', cut, { once: true });
  data.on('data', (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
    if (room < 0) cut();
  });
  await finished(data).catch(() => undefined);
  clock.clearTimeout(timer);
  signal.removeEventListener('abort', cut);
  return Buffer.concat(chunks);
}

/** `Retry-After` in seconds or as an HTTP date, as ms from now; undefined when it asks for nothing. */
function readRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : text.endsWith('GMT') ? Date.parse(text) - now : Number.NaN;
  return ms > 0 ? Math.min(ms, RETRY_CAP) : undefined;
}

/** A word or two that hold nothing of the request: the target's address may bear a password. */
function faultOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the request failed';
}
