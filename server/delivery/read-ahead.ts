// The messages that lanes hold in memory. Each is there once, however many lanes need it, and all together have a bound.
import type { Message } from '../../shared/message.ts';

/** A message in memory. Lanes share it; the last one that lets go of it frees its bytes. */
export interface HeldMessage {
  readonly message: Message;
  /** About as many as it takes on disk and on the wire. */
  readonly bytes: number;
  /** Lanes that hold it. Only {@link ReadAhead} writes this. */
  holders: number;
}

/** Counts what is held. A lane that holds nothing may always take one message, so that each lane goes on. */
export class ReadAhead {
  readonly #maxBytes: number;
  readonly #held = new Map<string, HeldMessage>();
  #bytes = 0;

  /** @param maxBytes most bytes of all messages in memory */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that may still be taken; 0 or less when the bound is reached. */
  get room(): number {
    return this.#maxBytes - this.#bytes;
  }

  /** The message that lanes hold under this mid. */
  find(mid: string): Message | undefined {
    return this.#held.get(mid)?.message;
  }

  /** The message as lanes share it. Nobody holds it yet. */
  share(message: Message, bytes: number): HeldMessage {
    return this.#held.get(message.mid) ?? { message, bytes, holders: 0 };
  }

  /** Whether one more lane may hold it without passing the bound. */
  fits({ bytes, holders }: HeldMessage): boolean {
    return holders > 0 || bytes <= this.room;
  }

  /** A lane holds it from now on. */
  hold(one: HeldMessage): void {
    one.holders += 1;
    if (one.holders > 1) return;
    this.#bytes += one.bytes;
    this.#held.set(one.message.mid, one);
  }

  /** A lane lets go of it. */
  release(one: HeldMessage): void {
    one.holders -= 1;
    if (one.holders > 0) return;
    this.#bytes -= one.bytes;
    this.#held.delete(one.message.mid);
  }

  /** Keeps room for a page that is being read; returns how to give it back. */
  reserve(bytes: number): () => void {
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}
