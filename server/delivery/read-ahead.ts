// The messages that lanes hold in memory. Lanes share them, so that each is there once. One bound limits all of them.
import type { Message } from '../../shared/message.ts';

/** A message in memory. When the last lane releases it, its bytes are free again. */
export interface HeldMessage {
  readonly message: Message;
  /** About its size on disk and on the wire. */
  readonly bytes: number;
  /** The number of lanes that hold it. Only {@link ReadAhead} writes this. */
  holders: number;
}

/** Counts the bytes in memory. A lane that holds nothing may always take one message, so that no lane ever stops. */
export class ReadAhead {
  readonly #maxBytes: number;
  readonly #held = new Map<string, HeldMessage>();
  #bytes = 0;

  /** @param maxBytes the most bytes of all messages in memory */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many more bytes fit; 0 or less if the bound is reached. */
  get room(): number {
    return this.#maxBytes - this.#bytes;
  }

  /** The message that lanes hold under this mid. */
  find(mid: string): Message | undefined {
    return this.#held.get(mid)?.message;
  }

  /** The shared form of a message. It does not count until a lane holds it. */
  share(message: Message, bytes: number): HeldMessage {
    return this.#held.get(message.mid) ?? { message, bytes, holders: 0 };
  }

  /** Whether one more lane may hold it within the bound. */
  fits({ bytes, holders }: HeldMessage): boolean {
    return holders > 0 || bytes <= this.room;
  }

  /** Notes that a lane holds the message. */
  hold(one: HeldMessage): void {
    one.holders += 1;
    if (one.holders > 1) return;
    this.#bytes += one.bytes;
    this.#held.set(one.message.mid, one);
  }

  /** Notes that a lane no longer holds the message. */
  release(one: HeldMessage): void {
    one.holders -= 1;
    if (one.holders > 0) return;
    this.#bytes -= one.bytes;
    this.#held.delete(one.message.mid);
  }

  /** Reserves room for a page that is being read. @returns a function that frees it */
  reserve(bytes: number): () => void {
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}
