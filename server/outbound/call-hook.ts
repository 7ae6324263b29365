// Questions to an app's own server before a socket is let in: one POST, a bounded number at once. Not here: what an
// answer means.
import type { Clock } from '../base/clock.ts';
import { startDeadline } from '../base/deadline.ts';
import { createLimiter } from '../base/limiter.ts';

/** What {@link createCallHook} works with. */
export interface CallHookOptions {
  readonly clock: Clock;
  /** Longest time in ms that one question may take, its time in line not counted. */
  readonly timeout: number;
  /** Questions under way at once; further ones stand in line, as many as there are sockets that wait. */
  readonly parallel: number;
}

/**
 * POSTs a form and gives the text of an answer with status 2xx; undefined for any other outcome. Never rejects.
 * The end of the signal ends it.
 */
export type CallHook = (
  url: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** Longest answer, in bytes. */
const MAX_ANSWER = 262_144;

/** Makes the questions of one dialect. */
export function createCallHook({ clock, timeout, parallel }: CallHookOptions): CallHook {
  const limiter = createLimiter({ concurrency: parallel, queue: Number.POSITIVE_INFINITY });

  return async (url, form, signal) => {
    const release = await limiter.acquire(signal);
    if (release === undefined) return undefined;
    const attempt = startDeadline({ clock, timeout, signal });
    try {
      return await post(url, form, attempt.signal);
    } catch {
      return undefined;
    } finally {
      attempt.clear();
      release();
    }
  };
}

async function post(url: string, form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  // Loaded with the first question, which most relays never ask.
  const { default: axios } = await import('axios');
  const { data } = await axios.request<string>({
    method: 'POST',
    url,
    data: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    signal,
    adapter: 'http',
    responseType: 'text',
    // Otherwise text that looks like JSON would be read.
    transformResponse: (text: string) => text,
    maxContentLength: MAX_ANSWER,
    // A redirect would carry what the socket proves to somebody else.
    maxRedirects: 0,
    proxy: false,
  });
  return data;
}
