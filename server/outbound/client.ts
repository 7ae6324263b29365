// Sends a request, once, with bounds on the time, the sockets, and the bytes that are read of the answer.
// Not here: what an answer means; each caller knows that.
import { STATUS_CODES } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { createDeadline, type Deadline } from '../base/deadline.ts';
import type { Limiter } from '../base/limiter.ts';
import type { Turns } from '../base/turns.ts';
import type { Agents } from './agents.ts';
import { sendOverHttp1 } from './http1.ts';
import type { Http2 } from './http2.ts';
import type { Exchange } from './http2-exchange.ts';
import { leadsToPrivateAddress, NOT_PUBLIC, namesPrivateAddress } from './public-address.ts';
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
  /**
   * Sends once. An abort and a timeout are faults, so this rejects only if `request` is a function that throws.
   * @param request may be a function, called when the request can be sent, for requests that cost much to make
   */
  send(request: OutgoingRequest | (() => OutgoingRequest), signal: AbortSignal): Promise<Answer>;
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
  /** Whether requests may only go to the public internet. Others end with the fault {@link NOT_PUBLIC}. */
  readonly publicOnly?: boolean;
  /** Whether to use HTTP/2 where a target offers it and no proxy is in between. */
  readonly http2?: boolean;
}

/** What {@link createClient} works with. */
export interface ClientOptions extends Profile {
  readonly clock: Clock;
  readonly agents: Agents;
  /** Makes its HTTP/2 connections when they are first needed. Without it, every request uses HTTP/1.1. */
  readonly makeHttp2?: () => Promise<Http2>;
  /** Bounds the sockets of all clients together. */
  readonly sockets?: Limiter;
  /** Spreads the starts of all their requests. */
  readonly turns?: Turns;
}

/** The fault of a request that the relay itself aborted. */
export const ABORTED = 'aborted';
const MAX_ANSWER = 16_384;
const ANSWER_TIME = 1000;

/** Makes a client that uses the given agents. */
export function createClient(options: ClientOptions): Client {
  const {
    clock,
    timeout,
    agents,
    makeHttp2,
    sockets,
    turns,
    maxAnswer = MAX_ANSWER,
    answerTime = ANSWER_TIME,
    publicOnly = false,
  } = options;
  const bounds = { clock, maxAnswer, answerTime };
  const open = new Set<Deadline>();
  let isClosed = false;
  let http2: Promise<Http2> | undefined;

  /** Makes the HTTP/2 connections once. After a failure, such as a lack of file descriptors, the next call tries again. */
  function needHttp2(make: () => Promise<Http2>): Promise<Http2> {
    http2 ??= make().catch((error: unknown) => {
      http2 = undefined;
      throw error;
    });
    return http2;
  }

  async function sendOnce(request: OutgoingRequest, attempt: Deadline): Promise<Answer> {
    if (makeHttp2 !== undefined && request.proxy === undefined && request.url.protocol === 'https:') {
      const connections = await needHttp2(makeHttp2);
      const answer = await connections.send(request, bounds, attempt);
      // HTTP/2 has no phrase.
      if (answer !== undefined) return answerOf({ ...answer, phrase: STATUS_CODES[answer.status] ?? '' });
    }
    return answerOf(await sendOverHttp1(request, agents, bounds, attempt.signal));
  }

  function answerOf({ status, phrase, headers, body, isWhole }: Exchange & { readonly phrase: string }): Answer {
    const after = readRetryAfter(headers['retry-after'], clock.now());
    return { status, words: `answered ${status} ${phrase}`.trimEnd(), after, body, isWhole };
  }

  async function sendInTime(request: OutgoingRequest, attempt: Deadline): Promise<Answer> {
    try {
      if (publicOnly && (await isPrivate(request))) return { fault: NOT_PUBLIC };
      return await sendOnce(request, attempt);
    } catch (error) {
      if (attempt.timedOut) return { fault: `no answer within ${timeout} ms` };
      return { fault: attempt.signal.aborted ? ABORTED : faultOf(error) };
    }
  }

  return {
    async send(request, signal) {
      if (isClosed) return { fault: ABORTED };
      const attempt = createDeadline({ clock, timeout, signal });
      open.add(attempt);
      let release: (() => void) | undefined;
      try {
        release = sockets === undefined ? () => {} : await sockets.acquire(attempt.signal);
        if (release === undefined || attempt.signal.aborted) return { fault: ABORTED };
        await turns?.();
        if (attempt.signal.aborted) return { fault: ABORTED };
        attempt.begin();
        return await sendInTime(typeof request === 'function' ? request() : request, attempt);
      } finally {
        release?.();
        attempt.clear();
        open.delete(attempt);
      }
    },
    close() {
      isClosed = true;
      for (const attempt of open) attempt.abort();
      agents.destroy();
      // Where it could not be made, there is nothing to close.
      http2?.then((connections) => connections.destroy()).catch(() => undefined);
    },
  };
}

/**
 * The connections look up names and refuse private addresses (see `lookupPublic`). They do not look up an address, and a
 * proxy resolves names itself, so both are checked before.
 */
function isPrivate({ url, proxy }: OutgoingRequest): boolean | Promise<boolean> {
  return proxy === undefined ? namesPrivateAddress(url) : leadsToPrivateAddress(url);
}

/** The code of the error, never its message: that may name the target's URL, which can contain a password. */
function faultOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the request failed';
}
