// What a target's answer means. Its status alone counts.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { AxiosResponse } from 'axios';
import type { Clock } from '../../clock.ts';
import type { Outcome } from '../../delivery/ports.ts';

/** Longest wait between two attempts, in ms; also the most that a `Retry-After` is obeyed. */
export const RETRY_CAP = 600_000;
/** An answer's body is of no use. Up to this many bytes and ms of it are read, so that the connection can be kept. */
const MAX_ANSWER = 16_384;
const ANSWER_GRACE = 1000;

/** Reads what little an answer may hold and cuts off the rest; never rejects. */
export async function discard(body: Readable, clock: Clock, signal: AbortSignal): Promise<void> {
  let room = MAX_ANSWER;
  const cut = () => body.destroy();
  const timer = clock.setTimeout(cut, ANSWER_GRACE);
  signal.addEventListener('abort', cut, { once: true });
  body.on('data', (chunk: Buffer) => {
    room -= chunk.length;
    if (room < 0) cut();
  });
  await finished(body).catch(() => undefined);
  clock.clearTimeout(timer);
  signal.removeEventListener('abort', cut);
}

/** 2xx is success, everything else a fault that may pass. `now` in ms since 1970. */
export function outcomeOf({ status, statusText, headers }: AxiosResponse, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'confirmed' };
  const words = statusText.replace(/[^ -~]/g, '').slice(0, 100);
  const after = readRetryAfter(headers['retry-after'], now);
  return { kind: 'retry', reason: `answered ${status} ${words}`.trimEnd(), ...(after === undefined ? {} : { after }) };
}

/** `Retry-After` in seconds or as an HTTP date, as ms from now; undefined when it asks for nothing. */
function readRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : text.endsWith('GMT') ? Date.parse(text) - now : Number.NaN;
  return ms > 0 ? Math.min(ms, RETRY_CAP) : undefined;
}
