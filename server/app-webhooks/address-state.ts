// Whether one address can be reached: outages, and the pauses in them. Not here: which report is tried (address-queue.ts).
import { backoffDelay } from '../../shared/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';

/** What {@link AddressState} works with. */
export interface AddressStatePorts {
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** A pause is over. */
  rested(): void;
}

/** Waits between attempts in ms. Even the first one is random, because an outage makes many reports fail at once. */
export const RETRY = { base: 1_000, cap: 60_000, steady: 0 };
/** Longest wait in ms between two probes of an address that is down, unless it asks for a longer pause. */
const PROBE_CAP = 5_000;

/** The state of one address. It is up until an attempt finds it unavailable. */
export class AddressState {
  readonly #ports: AddressStatePorts;
  /** Attempts in a row that found the address unavailable. */
  #failures = 0;
  #outage = 0;
  #rest: Timer;
  #isRestAsked = false;

  constructor(ports: AddressStatePorts) {
    this.#ports = ports;
  }

  /** Whether the last attempt found it unavailable. Then, only one request at a time probes it. */
  get isDown(): boolean {
    return this.#failures > 0;
  }

  /** The number of the latest outage, to tell one from the next. */
  get outage(): number {
    return this.#outage;
  }

  /** Whether there is a pause, which begins when the address is found unavailable. */
  get isResting(): boolean {
    return this.#rest !== undefined;
  }

  /** Whether the address itself asked for the pause. */
  get isRestAsked(): boolean {
    return this.#isRestAsked;
  }

  /** An attempt has found it available. */
  available(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.close();
  }

  /** An attempt has found it unavailable. @param after the pause in ms that it asks for; 0 for none */
  unavailable(after: number): void {
    if (this.#failures === 0) this.#outage += 1;
    this.#failures += 1;
    // A last attempt that fails does not shorten a pause that the address asked for.
    if (this.#isRestAsked && after === 0) return;
    const { clock, random, rested } = this.#ports;
    const wait = Math.max(after, Math.min(PROBE_CAP, backoffDelay(this.#failures, RETRY, random())));
    clock.clearTimeout(this.#rest);
    this.#isRestAsked ||= after > 0;
    this.#rest = clock.setTimeout(() => {
      this.#endRest();
      rested();
    }, wait);
  }

  /** Ends a pause without a word. */
  close(): void {
    this.#ports.clock.clearTimeout(this.#rest);
    this.#endRest();
  }

  #endRest(): void {
    this.#rest = undefined;
    this.#isRestAsked = false;
  }
}
