// The messages that lanes hold in memory. Lanes share them, so each is there once, and all together have a bound.
import type { Message } from '../../shared/message.ts';

/** A message in memory. When the last lane releases it, its bytes are free again. */
export interface HeldMessage {
  readonly message: Message;
  /** About its size on disk and on the wire. */
  readonly bytes: number;
  /** Lanes that hold it. Only {@link ReadAhead} writes this. */
  holders: number;
}

/** Counts the bytes. A lane that holds nothing may always take one message, so no lane ever stops. */
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

  /** The shared form of a message. Creating it holds nothing yet. */
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

  /** Reserves room for a page that is being read. Returns a function that frees it. */
  reserve(bytes: number): () => void {
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}
