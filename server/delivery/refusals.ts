// What one lane does when its receiver did not take a delivery: it tries again, and finds out whether the receiver
// takes others. If it does, those pass.
import { type Attempt, type Attempts, FIRST_TRIES } from './attempts.ts';
import type { Backlog } from './backlog.ts';
import type { LanePorts } from './lane-ports.ts';
import { Outage } from './outage.ts';
import type { Outcome } from './ports.ts';
import type { HeldMessage } from './read-ahead.ts';
import type { SecondTries } from './second-tries.ts';

/** A failure after which another try may succeed. */
export type Retry = Extract<Outcome, { kind: 'retry' }>;

/** What the refusals need from their lane. */
export interface RefusalsPorts {
  readonly lane: Pick<LanePorts, 'clock' | 'troubled'>;
  readonly transport: string;
  readonly attempts: Attempts;
  readonly backlog: Backlog;
  second(): SecondTries;
  /** How many deliveries the receiver has taken or refused for good. */
  taken(): number;
  /** Whether the receiver is there, as far as the lane knows. */
  isOnline(): boolean;
  /** Whether a delivery has to wait because the device may still acknowledge it. */
  isHeldBack(message: HeldMessage): boolean;
  /** Begins the attempts for a message that the lane already holds. */
  start(message: HeldMessage, tries: number): void;
  /** The wait after that many tries, in ms. */
  delay(attempt: Attempt): number;
  /** Makes the lane look at an attempt again at this time. */
  lookAgain(attempt: Attempt, due: number): void;
  setAside(attempt: Attempt, due: number): void;
  /** Makes the backlog read everything again that is not in flight. */
  rewind(): void;
  /** Continues the lane. */
  pump(): void;
  /** Makes the lane look again at this time. */
  wakeAt(due: number): void;
}

/** The refusals of one lane. During an outage, its walks decide which attempts begin. */
export class Refusals {
  readonly #ports: RefusalsPorts;
  #outage: Outage | undefined;

  constructor(ports: RefusalsPorts) {
    this.#ports = ports;
  }

  get isOutage(): boolean {
    return this.#outage !== undefined;
  }

  /** The deliveries that failed in the current walk. */
  mids(): Iterable<string> {
    return this.#outage?.failed.keys() ?? [];
  }

  has(mid: string): boolean {
    return this.#outage?.failed.has(mid) === true;
  }

  /** Forgets a settled delivery. @returns whether it failed in the current walk */
  drop(mid: string): boolean {
    return this.#outage?.forget(mid) === true;
  }

  /** Tries a delivery again later. After its first tries, others may pass it. */
  failed(attempt: Attempt, { reason, after = 0 }: Retry): void {
    const { lane, attempts, taken, delay, lookAgain, setAside, pump } = this.#ports;
    const { mid } = attempt.held.message;
    const rest = Math.max(delay(attempt), after);
    const due = lane.clock.monotonic() + rest;
    if (attempt.wasSetAside) {
      setAside(attempt, due);
    } else if (this.#outage !== undefined) {
      attempts.drop(attempt);
      this.#outage.fail(mid, attempt.tries, rest);
    } else if (attempt.tries < FIRST_TRIES) {
      lookAgain(attempt, due);
      return;
    } else {
      lane.troubled(mid, reason, this.#ports.transport);
      if (taken() > attempt.takenBefore) setAside(attempt, due);
      else this.#begin(attempt, rest);
    }
    pump();
  }

  #begin(attempt: Attempt, rest: number): void {
    const { attempts } = this.#ports;
    attempts.drop(attempt);
    this.#outage = new Outage();
    this.#outage.fail(attempt.held.message.mid, attempt.tries, rest);
    // The next walk reads the other deliveries again that wait for a try.
    for (const other of attempts.list()) if (other.due !== Number.POSITIVE_INFINITY) attempts.drop(other);
  }

  /** Takes the next step of the walk, if the previous one has ended. */
  walk(): void {
    const outage = this.#outage;
    const { lane, attempts, backlog, second, isOnline, isHeldBack, start, pump, wakeAt } = this.#ports;
    if (outage === undefined || !isOnline() || outage.due !== Number.POSITIVE_INFINITY) return;
    if (attempts.size + second().reading > 0) return;
    const next = outage.isOver ? undefined : backlog.first();
    if (next !== undefined) {
      if (isHeldBack(next)) return;
      backlog.take(next);
      start(next, outage.step(next.message.mid));
      return;
    }
    if (!outage.isOver) {
      backlog.refill();
      if (backlog.isReading) return;
    }
    if (outage.failed.size === 0) {
      // Nothing is left to be tried.
      this.#outage = undefined;
      pump();
      return;
    }
    outage.rest(lane.clock.monotonic());
    wakeAt(outage.due);
  }

  /** Begins the next walk, if it is due. */
  ring(now: number): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    if (outage.due > now) {
      this.#ports.wakeAt(outage.due);
      return;
    }
    outage.walk();
    this.#ports.rewind();
  }

  /** Called when the receiver took a delivery. So it is there, and refuses those that failed during the outage. */
  tookOne(mid: string): void {
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#outage = undefined;
    outage.forget(mid);
    const { lane, second } = this.#ports;
    for (const refused of outage.refused(lane.clock.monotonic())) second().put(...refused);
  }
}
