// The messages that a listening device has on its hands: handled one at a time, in order, and each of them once.
import type { Message } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';

/** What an inbox works with. */
export interface InboxPorts {
  /** Resolves to whether the message was dealt with. Ends soon after the signal aborts. Rejects to end the device. */
  handle(message: Message, signal: AbortSignal): Promise<boolean>;
  /** Tells the relay, if it can be told now. */
  acknowledge(mid: string): void;
  /** Handling rejected. */
  fail(error: unknown): void;
  readonly clock: Clock;
}

/** The messages of one device, over all its connections. */
export interface Inbox {
  /** Takes what the relay sent: new ones wait their turn, finished ones are acknowledged again and that is all. */
  take(message: Message): void;
  /** Forgets what waits, and resolves when the one being handled has ended; after a grace period it is stopped. */
  close(): Promise<void>;
}

/** Mids of handled messages that are remembered; the relay has at most 1,024 on their way at once. */
const MAX_DONE = 10_000;
/** Messages that may wait. Further ones are not taken, and the relay sends them again. */
const MAX_WAITING = 2048;
/** How long, in ms, the message being handled may go on at the end. */
const GRACE = 10_000;

/** Makes an empty inbox. */
export function createInbox({ handle, acknowledge, fail, clock }: InboxPorts): Inbox {
  const waiting = new Map<string, Message>();
  const done = new Set<string>();
  const stop = new AbortController();
  let closed = false;
  let running: Promise<void> | undefined;

  async function work(): Promise<void> {
    try {
      for (const [mid, message] of waiting) {
        if (await handle(message, stop.signal)) {
          remember(mid);
          acknowledge(mid);
        }
        // Last, so that a repeat which comes while it is handled is dropped.
        waiting.delete(mid);
      }
    } catch (error) {
      fail(error);
    } finally {
      // Here and not when the promise settles: a message that comes in between would wait for ever.
      running = undefined;
    }
  }

  function remember(mid: string): void {
    done.add(mid);
    if (done.size <= MAX_DONE) return;
    for (const oldest of done) {
      done.delete(oldest);
      return;
    }
  }

  return {
    take(message) {
      if (done.has(message.mid)) acknowledge(message.mid);
      else if (!closed && !waiting.has(message.mid) && waiting.size < MAX_WAITING) {
        waiting.set(message.mid, message);
        running ??= work();
      }
    },

    async close() {
      closed = true;
      if (running === undefined) return;
      const [current] = waiting.keys();
      for (const mid of [...waiting.keys()]) if (mid !== current) waiting.delete(mid);
      const limit = clock.setTimeout(() => stop.abort(), GRACE);
      await running;
      clock.clearTimeout(limit);
    },
  };
}
