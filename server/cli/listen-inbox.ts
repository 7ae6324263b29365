// The messages that a listening device has received. Each is handled once; they are handled one at a time and in order.
import type { WireMessage } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';

/** The callbacks of an inbox. */
export interface InboxPorts {
  /**
   * Handles a message. Resolves to whether it was handled; settles soon after the signal aborts; rejects to end the
   * device.
   */
  handle(message: WireMessage, signal: AbortSignal): Promise<boolean>;
  /** Acknowledges to the relay, if connected. */
  acknowledge(mid: string): void;
  /** Called when `handle` rejects. */
  fail(error: unknown): void;
  readonly clock: Clock;
}

/** The messages of one device, over all its connections. */
export interface Inbox {
  /** Takes a message from the relay. A new one waits for its turn; one that was handled before is only acknowledged. */
  take(message: WireMessage): void;
  /**
   * Drops waiting messages and resolves when the current one has ended. After a grace period, the current one is
   * stopped.
   */
  close(): Promise<void>;
}

/** How many mids of handled messages are remembered. The relay has at most 1,024 messages in flight. */
const MAX_DONE = 10_000;
/** How many messages may wait. More are dropped, and the relay sends those again. */
const MAX_WAITING = 2048;
/** How long in ms the current message may take when the device ends. */
const GRACE = 10_000;

/** Makes an empty inbox. */
export function createInbox({ handle, acknowledge, fail, clock }: InboxPorts): Inbox {
  const waiting = new Map<string, WireMessage>();
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
        // Only now, so that a repeat which arrives while the message is handled is dropped.
        waiting.delete(mid);
      }
    } catch (error) {
      fail(error);
    } finally {
      // Here and not when the promise settles: a message that arrives in between would wait forever.
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
