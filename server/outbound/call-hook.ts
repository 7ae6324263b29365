// Asks an app's own server whether a socket is let in: one POST, a bounded number at once.
// Not here: what the answer means.
import { createLimiter } from '../base/limiter.ts';
import type { Outbound } from './outbound.ts';

/** What {@link createCallHook} works with. */
export interface CallHookOptions {
  readonly outbound: Pick<Outbound, 'client'>;
  /** Longest time in ms that one call may take, its time in the queue not counted. */
  readonly timeout: number;
  /** Calls under way at once. Further ones wait, as many as there are sockets to let in. */
  readonly parallel: number;
}

/**
 * POSTs a form and returns the text of an answer with status 2xx; undefined for any other outcome. Never rejects.
 * Ends early when the signal aborts.
 */
export type CallHook = (
  url: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** Longest answer, in bytes. */
const MAX_ANSWER = 262_144;

/** Makes the calls of one dialect. */
export function createCallHook({ outbound, timeout, parallel }: CallHookOptions): CallHook {
  const limiter = createLimiter({ concurrency: parallel, queue: Number.POSITIVE_INFINITY });
  const client = outbound.client({ timeout, maxAnswer: MAX_ANSWER, answerTime: timeout });

  return async (url, form, signal) => {
    if (!URL.canParse(url)) return undefined;
    const release = await limiter.acquire(signal);
    if (release === undefined) return undefined;
    try {
      const answer = await client.send(
        {
          method: 'POST',
          url: new URL(url),
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'herald' },
          body: Buffer.from(new URLSearchParams(form).toString()),
          proxy: undefined,
        },
        signal,
      );
      if (answer.fault !== undefined || answer.status < 200 || answer.status > 299 || !answer.isWhole) return undefined;
      return answer.body.toString();
    } finally {
      release();
    }
  };
}
