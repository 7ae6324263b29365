// One abort signal for everything that can end an attempt: its time limit, its caller, its owner. `AbortSignal.any` would
// not do: on Node 20, it leaves a reference on each of its sources forever.
import type { Clock, Timer } from './clock.ts';

/** What {@link createDeadline} works with. */
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
  /** Starts the time limit. */
  begin(): void;
  /** Ends the attempt early. */
  abort(): void;
  /** Stops the timer and stops listening to the caller's signal. Call it in a `finally` when the attempt is over. */
  clear(): void;
}

/** Makes the deadline of one attempt, whose time limit does not run yet. */
export function createDeadline({ clock, timeout, signal }: DeadlineOptions): Deadline {
  const attempt = new AbortController();
  let timer: Timer;
  let timedOut = false;
  const abort = () => attempt.abort();
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: attempt.signal,
    get timedOut() {
      return timedOut;
    },
    begin() {
      timer = clock.setTimeout(() => {
        timedOut = !attempt.signal.aborted;
        abort();
      }, timeout);
    },
    abort,
    clear() {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

/** Makes the deadline of one attempt and starts its time limit. */
export function startDeadline(options: DeadlineOptions): Deadline {
  const deadline = createDeadline(options);
  deadline.begin();
  return deadline;
}
