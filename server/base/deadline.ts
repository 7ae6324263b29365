// One abort signal for everything that can end an attempt: its time limit, its caller, its owner.
import type { Clock } from './clock.ts';

/** Several signals, joined to one. */
export interface JoinedSignals {
  /** Aborts when the first of them aborts. */
  readonly signal: AbortSignal;
  /** Stops listening to them. Call it in a `finally`. */
  clear(): void;
}

/**
 * Joins signals, some of which may live as long as the relay. `AbortSignal.any` would not do: on Node 20, it leaves a
 * reference on each of its sources forever.
 */
export function joinSignals(...sources: readonly AbortSignal[]): JoinedSignals {
  const joined = new AbortController();
  const abort = () => joined.abort();
  if (sources.some(({ aborted }) => aborted)) abort();
  else for (const source of sources) source.addEventListener('abort', abort, { once: true });
  return {
    signal: joined.signal,
    clear() {
      for (const source of sources) source.removeEventListener('abort', abort);
    },
  };
}

/** What {@link startDeadline} works with. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** Longest time in ms. */
  readonly timeout: number;
  /** The caller's signal, which ends the attempt as well. */
  readonly signal?: AbortSignal;
}

/** An attempt with a time limit. */
export interface Deadline {
  /**
   * Aborts when the time is over, when the caller's signal aborts, or when `abort` is called, whichever comes first.
   */
  readonly signal: AbortSignal;
  /** Whether the time limit ended the attempt. */
  readonly timedOut: boolean;
  /** Ends the attempt early. */
  abort(): void;
  /** Stops the timer and stops listening to the caller's signal. Call it in a `finally` when the attempt is over. */
  clear(): void;
}

/** Starts the time limit of one attempt. */
export function startDeadline({ clock, timeout, signal }: DeadlineOptions): Deadline {
  const attempt = new AbortController();
  let timedOut = false;
  const abort = () => attempt.abort();
  const timer = clock.setTimeout(() => {
    timedOut = !attempt.signal.aborted;
    abort();
  }, timeout);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: attempt.signal,
    get timedOut() {
      return timedOut;
    },
    abort,
    clear() {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}
