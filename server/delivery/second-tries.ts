// Tries the deliveries again that one lane has set aside. Each try reads its message from the log.
import type { Attempts } from './attempts.ts';
import type { LanePorts } from './lane-ports.ts';
import type { Transport, WaitingDelivery } from './ports.ts';
import type { HeldMessage } from './read-ahead.ts';
import { SetAsides } from './set-aside.ts';

/** What the second tries need from their lane. */
export interface SecondTriesPorts {
  readonly lane: Pick<LanePorts, 'clock' | 'readAhead' | 'load' | 'damaged' | 'fault'>;
  readonly attempts: Attempts;
  /** Whether the lane starts attempts at all. */
  isRunning(): boolean;
  /** Whether a delivery waits for its first try. */
  othersWait(): boolean;
  /** Begins the attempts for a message that the lane already holds. */
  start(message: HeldMessage, tries: number): void;
  /** Tells the lane that a place in the window is free again. */
  freed(): void;
  /** Makes the lane look again at this time. */
  wakeAt(due: number): void;
}

/** The second tries of one lane. */
export class SecondTries {
  readonly #transport: Transport;
  readonly #ports: SecondTriesPorts;
  readonly #aside = new SetAsides();
  #reading = 0;
  /** Whether the last attempt that began was a second try. */
  #wasLast = false;
  /** Counts resets. A read that began before a reset is dropped. */
  #epoch = 0;

  constructor(transport: Transport, ports: SecondTriesPorts) {
    this.#transport = transport;
    this.#ports = ports;
  }

  /** Places in the window that are kept for messages that are being read. */
  get reading(): number {
    return this.#reading;
  }

  /** Whether anything is set aside. */
  get isEmpty(): boolean {
    return this.#aside.due === Number.POSITIVE_INFINITY;
  }

  has(mid: string): boolean {
    return this.#aside.has(mid);
  }

  mids(): Iterable<string> {
    return this.#aside.mids();
  }

  put(mid: string, tries: number, due: number): void {
    this.#aside.put(mid, tries, due);
  }

  /** Drops a settled delivery. @returns whether it was set aside */
  drop(mid: string): boolean {
    return this.#aside.take(mid) !== undefined;
  }

  clear(): void {
    this.#epoch += 1;
    this.#aside.clear();
    this.#reading = 0;
  }

  /** Called when a delivery had its first try. */
  passed(): void {
    this.#wasLast = false;
  }

  /** Tries the deliveries that are due. They may use half of the window, or every other turn of a window of one. */
  pump(): void {
    const { window } = this.#transport;
    const { lane, attempts } = this.#ports;
    const now = lane.clock.monotonic();
    const share = Math.max(1, Math.floor(window / 2));
    while (
      this.#ports.isRunning() &&
      attempts.size + this.#reading < window &&
      attempts.secondTries + this.#reading < share
    ) {
      if (window === 1 && this.#wasLast && this.#ports.othersWait()) break;
      const mid = this.#aside.next(now);
      if (mid === undefined) break;
      this.#wasLast = true;
      this.#read(mid);
    }
    if (this.#aside.due > now) this.#ports.wakeAt(this.#aside.due);
  }

  #read(mid: string): void {
    const { lane } = this.#ports;
    const epoch = this.#epoch;
    const held = (known: string) => lane.readAhead.find(known);
    this.#reading += 1;
    lane
      .load(String(Number(mid) - 1), { limit: 1, maxBytes: 0, atLeastOne: true, held })
      .then(
        ({ deliveries: [delivery], damaged }) => {
          if (epoch !== this.#epoch) return;
          this.#reading -= 1;
          if (!this.#ports.isRunning()) return;
          for (const one of damaged) lane.damaged(one, this.#transport.name);
          this.#resume(mid, delivery);
        },
        (error: unknown) => {
          if (epoch !== this.#epoch) return;
          this.#reading -= 1;
          const tries = this.#aside.take(mid);
          if (tries !== undefined) this.put(mid, tries, lane.clock.monotonic() + this.#transport.retry.cap);
          lane.fault(error);
        },
      )
      .then(() => {
        if (epoch === this.#epoch) this.#ports.freed();
      })
      .catch((error: unknown) => lane.fault(error));
  }

  #resume(mid: string, delivery: WaitingDelivery | undefined): void {
    const { lane, attempts } = this.#ports;
    const tries = this.#aside.take(mid);
    // Settled in the meantime.
    if (tries === undefined || delivery?.message.mid !== mid) return;
    const one = lane.readAhead.share(delivery.message, delivery.bytes);
    if (!attempts.fits(one)) {
      this.put(mid, tries, lane.clock.monotonic() + this.#transport.retry.base);
      return;
    }
    lane.readAhead.hold(one);
    this.#ports.start(one, tries);
  }
}
