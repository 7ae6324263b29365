// Asks an app's own server whether to accept a socket: one POST per socket, a bounded number at a time.
// Not here: what the answer means.
import { createLimiter } from '../base/limiter.ts';
import type { Outbound } from './outbound.ts';

/** What {@link createCallHook} works with. */
export interface CallHookOptions {
  readonly outbound: Pick<Outbound, 'client'>;
  /** Longest time in ms that one call may take, without its time in the queue. */
  readonly timeout: number;
  /** The most calls under way. More calls wait; the number of sockets that wait for admission bounds them. */
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

/** Makes the function that calls the hooks of one dialect. */
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
