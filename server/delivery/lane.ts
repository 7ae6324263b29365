// One device's deliveries on one transport: what is in flight, and when to try again. Not here: what waits (backlog.ts),
// what a status means for the sender (outbox.ts, reply.ts) and how bytes travel (transports/).
import { backoffDelay } from '../../shared/backoff.ts';
import { STATUS_RANK, type Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import { Alarm } from './alarm.ts';
import { Backlog } from './backlog.ts';
import { Outage } from './outage.ts';
import type { LoggedDelivery, Outcome, ReadBounds, Transport, WaitingDelivery, WaitingPage } from './ports.ts';
import type { HeldMessage, ReadAhead } from './read-ahead.ts';
import { SetAsides } from './set-aside.ts';

/** What a lane needs of its outbox. None of these may throw. */
export interface LanePorts {
  readonly clock: Clock;
  /** What all lanes hold in memory. */
  readonly readAhead: ReadAhead;
  /** Unsettled deliveries of the device with a mid above `after`, ascending, within the bounds. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** Whether the device is connected on a route with acknowledgements. */
  connected(): boolean;
  /** This lane went offline. */
  slept(): void;
  /** A step of an attempt changed the public status. */
  progress(mid: string, status: Status): void;
  /** An attempt begins that is not the first one. */
  retried?(): void;
  /** The receiver did not take a delivery in its first tries. */
  troubled(mid: string, reason: string): void;
  /** The receiver has it. */
  confirmed(mid: string): void;
  /** The log cannot read it. */
  damaged(mid: string): void;
  /** This transport will never take it. */
  refused(mid: string, reason: string): void;
  /** The address is dead; the outbox closes the lane. */
  gone(reason: string): void;
  /** A fault of the relay itself, to be logged. */
  fault(error: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

type Retry = Extract<Outcome, { kind: 'retry' }>;

interface Attempt {
  readonly held: HeldMessage;
  readonly abort: AbortController | undefined;
  /** Whether it was set aside before. */
  readonly wasSetAside: boolean;
  /** How many deliveries the receiver had taken when this one came. */
  readonly takenBefore: number;
  tries: number;
  /** When to look at it again, by the monotonic clock as all times here; `Infinity` while a transport is at work. */
  due: number;
  /** Whether the receiver was asked if it has read the latest copy. */
  isAsked: boolean;
}

/** How often a delivery is tried before those behind it may pass. */
const FIRST_TRIES = 3;
/** A receiver that has read everything within this time, in ms, has no slow line. */
const PROMPT = 250;

/**
 * First in, first out, at most `transport.window` messages and `transport.windowBytes` bytes in flight. A delivery that
 * the receiver does not take in its first tries lets those behind it pass; see {@link SetAsides} and {@link Outage}.
 */
export class Lane {
  readonly transport: Transport;
  readonly #device: string;
  readonly #address: unknown;
  readonly #ports: LanePorts;
  readonly #closing = new AbortController();
  readonly #backlog: Backlog;
  readonly #inFlight = new Map<string, Attempt>();
  /** Bytes of the messages in flight. */
  #bytes = 0;
  readonly #aside = new SetAsides();
  /** Second tries: how many places of the window they take, and how many messages are being read for them. */
  #second = { places: 0, reading: 0 };
  /** Whether the last attempt that began was for a delivery that had been set aside. */
  #secondWasLast = false;
  #outage: Outage | undefined;
  /** Counts what the receiver took. */
  #taken = 0;
  #offline = false;
  /** Resolves the promise of `drain`; undefined before it is called. */
  #draining: (() => void) | undefined;
  /** When to read the log again for deliveries that memory has dropped. */
  #rereadDue = Number.POSITIVE_INFINITY;
  /** Counts resets. What was being read before a reset is dropped after it. */
  #epoch = 0;
  /** One timer for all attempts. It may ring for one that is settled, and then does nothing. */
  readonly #alarm: Alarm;

  /** @param backlog whether the log holds unsettled deliveries of the device */
  constructor(transport: Transport, device: string, address: unknown, ports: LanePorts, backlog: boolean) {
    this.transport = transport;
    this.#device = device;
    this.#address = address;
    this.#ports = ports;
    this.#backlog = new Backlog(
      {
        load: (after, bounds) => ports.load(after, bounds),
        isDone: (delivery) => this.#isDone(delivery),
        isIdle: () => this.#inFlight.size === 0,
        damaged: (mid) => ports.damaged(mid),
        loaded: () => this.pump(),
        failed: (error) => this.#unread(error),
      },
      ports.readAhead,
      backlog,
    );
    this.#alarm = new Alarm(ports.clock, () => this.#ring());
  }

  /** Starts as many attempts as the window allows. */
  pump(): void {
    if (this.#draining !== undefined) return;
    if (this.#outage !== undefined) {
      this.#walk(this.#outage);
      return;
    }
    if (this.#aside.due !== Number.POSITIVE_INFINITY) this.#pumpSetAside();
    while (!this.#offline && this.#hasPlace()) {
      const next = this.#backlog.first();
      if (next === undefined || !this.#fits(next) || this.#isHeldBack(next)) break;
      this.#backlog.take(next);
      this.#secondWasLast = false;
      this.#start(next, 0);
    }
    if (!this.#offline) this.#backlog.refill();
  }

  /** Whether the receiver is there, as far as this lane knows. */
  get online(): boolean {
    return !this.#offline;
  }

  /** The deliveries that it has tried and will try again. */
  tried(): string[] {
    return [...this.#inFlight.keys(), ...this.#aside.mids(), ...(this.#outage?.failed.keys() ?? [])];
  }

  /** Takes a message that is already in the log. */
  enqueue(message: HeldMessage): void {
    this.#backlog.add(message);
    this.pump();
  }

  /** Drops a settled delivery. Returns whether this lane has tried it. */
  release(mid: string): boolean {
    const attempt = this.#inFlight.get(mid);
    const waited = this.#backlog.drop(mid);
    if (attempt !== undefined) this.#drop(attempt);
    const wasTried = attempt !== undefined || this.#aside.take(mid) !== undefined || this.#outage?.forget(mid) === true;
    if (wasTried || waited) this.pump();
    return wasTried;
  }

  /** The receiver is back: everything unsettled is sent again, oldest first. */
  wake(backlog: boolean): void {
    this.#reset(backlog);
    this.#offline = false;
    this.pump();
  }

  /** The receiver left: nothing is tried until `wake`. */
  sleep(): void {
    this.#reset(true);
    this.#offline = true;
    this.#ports.slept();
  }

  /** A dropped delivery could not be settled. After a pause, the lane tries again what the log still holds. */
  reread(): void {
    if (this.#offline) return;
    this.#rereadDue = Math.min(this.#rereadDue, this.#ports.clock.monotonic() + this.transport.retry.cap);
    this.#alarm.set(this.#rereadDue);
  }

  /**
   * Starts no further attempt, and resolves when the transport is not at work. A receiver that acknowledges is left as it
   * is: its attempts end with its connection.
   */
  drain(): Promise<void> {
    if (this.transport.awaitsAcknowledgement) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining = resolve;
      this.#checkDrained();
    });
  }

  #checkDrained(): void {
    for (const { due } of this.#inFlight.values()) if (due === Number.POSITIVE_INFINITY) return;
    this.#draining?.();
  }

  /** Ends every attempt; the lane is not used again. */
  close(): void {
    this.#closing.abort();
    this.#reset(true);
    this.#offline = true;
  }

  /** Has everything that is not in flight read again from the log. */
  #rewind(backlog: boolean): void {
    this.#rereadDue = Number.POSITIVE_INFINITY;
    this.#backlog.rewind(backlog);
  }

  #reset(backlog: boolean): void {
    this.#epoch += 1;
    this.#rewind(backlog);
    for (const attempt of [...this.#inFlight.values()]) this.#drop(attempt);
    this.#aside.clear();
    this.#second = { places: 0, reading: 0 };
    this.#outage = undefined;
    this.#alarm.clear();
  }

  #hasPlace(): boolean {
    return this.#inFlight.size + this.#second.reading < this.transport.window;
  }

  /** Whether the window has room for its bytes. A message that is larger than the window is sent alone. */
  #fits({ bytes }: HeldMessage): boolean {
    const { windowBytes } = this.transport;
    return windowBytes === undefined || this.#inFlight.size === 0 || this.#bytes + bytes <= windowBytes;
  }

  /** Whether to wait, because the device is connected and may still acknowledge it. */
  #isHeldBack({ message }: HeldMessage): boolean {
    const { grace } = this.transport;
    if (grace === undefined || !this.#ports.connected()) return false;
    const age = this.#ports.clock.now() - message.createdAt;
    // A clock that was set back must not hold anything for long.
    if (age >= grace || age < -grace) return false;
    this.#alarm.set(this.#ports.clock.monotonic() + grace - age);
    return true;
  }

  /** Whether there is nothing to do: it is in flight or set aside, or a push service took it before a restart. */
  #isDone({ message: { mid }, status }: LoggedDelivery): boolean {
    if (this.#inFlight.has(mid) || this.#aside.has(mid) || this.#outage?.failed.has(mid) === true) return true;
    const { awaitsAcknowledgement, statuses } = this.transport;
    if (awaitsAcknowledgement || statuses.accepted === undefined) return false;
    return STATUS_RANK[status] >= STATUS_RANK[statuses.accepted];
  }

  #unread(error: unknown): void {
    this.#ports.fault(error);
    this.#alarm.set(this.#ports.clock.monotonic() + this.transport.retry.cap);
  }

  /** Puts a delivery that the lane holds in flight. */
  #start(held: HeldMessage, tries: number, wasSetAside = false): void {
    // A lane without acknowledgements aborts single attempts; the hot path shares the lane's own signal.
    const abort = this.transport.awaitsAcknowledgement ? undefined : new AbortController();
    const due = Number.POSITIVE_INFINITY;
    const attempt: Attempt = { held, abort, wasSetAside, takenBefore: this.#taken, tries, due, isAsked: false };
    this.#inFlight.set(held.message.mid, attempt);
    this.#bytes += held.bytes;
    if (wasSetAside) this.#second.places += 1;
    this.#try(attempt);
  }

  /** Ends an attempt, and what the transport still does for it. */
  #drop({ held, abort, wasSetAside }: Attempt): void {
    this.#inFlight.delete(held.message.mid);
    this.#bytes -= held.bytes;
    if (wasSetAside) this.#second.places -= 1;
    this.#ports.readAhead.release(held);
    abort?.abort();
  }

  #try(attempt: Attempt): void {
    attempt.tries += 1;
    if (attempt.tries > 1) this.#ports.retried?.();
    attempt.due = Number.POSITIVE_INFINITY;
    attempt.isAsked = false;
    this.#progress(attempt, this.transport.statuses.attempting);
    const signal = attempt.abort?.signal ?? this.#closing.signal;
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.transport.deliver(this.#device, this.#address, attempt.held.message, signal);
    } catch (error) {
      outcome = this.#faulty(error);
    }
    if (outcome instanceof Promise) {
      outcome
        .then(
          (settled) => this.#apply(attempt, settled),
          (error: unknown) => this.#apply(attempt, this.#faulty(error)),
        )
        .then(() => this.#checkDrained())
        .catch((error: unknown) => this.#ports.fault(error));
    } else {
      this.#apply(attempt, outcome);
    }
  }

  /** A transport that throws has a bug. It must not lose the delivery or affect other recipients. */
  #faulty(error: unknown): Retry {
    this.#ports.fault(error);
    return { kind: 'retry', reason: 'internal error' };
  }

  #apply(attempt: Attempt, outcome: Outcome): void {
    const { mid } = attempt.held.message;
    if (this.#inFlight.get(mid) !== attempt) return;
    // A transport that gives nothing has a bug as well.
    switch (outcome?.kind) {
      case 'accepted':
        this.#progress(attempt, this.transport.statuses.accepted);
        if (this.transport.awaitsAcknowledgement) this.#awaitAcknowledgement(attempt);
        else {
          this.#tookOne(mid);
          this.release(mid);
        }
        break;
      case 'confirmed':
        this.#tookOne(mid);
        this.#ports.confirmed(mid);
        break;
      case 'offline':
        this.sleep();
        break;
      case 'retry':
        this.#progress(attempt, this.transport.statuses.retrying);
        this.#failed(attempt, outcome);
        break;
      case 'gone':
        this.#ports.gone(outcome.reason);
        break;
      case 'refused':
        this.#tookOne(mid);
        this.release(mid);
        this.#ports.refused(mid, outcome.reason);
        break;
      default:
        this.#failed(attempt, this.#faulty(new TypeError(`the transport ${this.transport.name} gave no outcome`)));
    }
  }

  #progress(attempt: Attempt, status: Status | undefined): void {
    if (status !== undefined) this.#ports.progress(attempt.held.message.mid, status);
  }

  #delay({ tries }: Attempt): number {
    return backoffDelay(tries, this.transport.retry, this.#ports.random());
  }

  #lookAgain(attempt: Attempt, due: number): void {
    attempt.due = due;
    this.#alarm.set(due);
  }

  // Receivers that acknowledge.

  #awaitAcknowledgement(attempt: Attempt): void {
    const { base } = this.transport.retry;
    // A second try keeps its place in the window only as long as an acknowledgement takes.
    this.#lookAgain(attempt, this.#ports.clock.monotonic() + (attempt.wasSetAside ? base : this.#delay(attempt)));
  }

  /** No acknowledgement came in time. On a slow line the message may still be on its way, so the lane asks first. */
  #missed(attempt: Attempt): void {
    const proof = attempt.isAsked ? undefined : this.#caughtUp();
    if (proof === undefined) {
      this.#unacknowledged(attempt);
      return;
    }
    const asked = this.#ports.clock.monotonic();
    const { tries, held } = attempt;
    attempt.isAsked = true;
    this.#lookAgain(attempt, asked + this.transport.retry.cap);
    proof
      .then(() => {
        if (this.#inFlight.get(held.message.mid) !== attempt || attempt.tries !== tries) return;
        const now = this.#ports.clock.monotonic();
        if (now - asked > PROMPT) {
          this.#lookAgain(attempt, now + this.transport.retry.base);
          return;
        }
        this.#unacknowledged(attempt);
        this.pump();
      })
      .catch((error: unknown) => this.#ports.fault(error));
  }

  #caughtUp(): Promise<unknown> | undefined {
    try {
      return this.transport.caughtUp?.(this.#device);
    } catch (error) {
      this.#ports.fault(error);
      return undefined;
    }
  }

  #unacknowledged(attempt: Attempt): void {
    if (attempt.tries < FIRST_TRIES) {
      this.#try(attempt);
      return;
    }
    const { mid } = attempt.held.message;
    if (attempt.tries === FIRST_TRIES) this.#ports.troubled(mid, 'no acknowledgement');
    const rest = attempt.wasSetAside ? Math.max(0, this.#delay(attempt) - this.transport.retry.base) : 0;
    this.#setAside(attempt, this.#ports.clock.monotonic() + rest);
  }

  // Receivers that refuse.

  /** Tries again later. After the first tries, others may pass. */
  #failed(attempt: Attempt, { reason, after = 0 }: Retry): void {
    const { mid } = attempt.held.message;
    const now = this.#ports.clock.monotonic();
    const delay = this.#delay(attempt);
    const rest = Math.max(delay, after);
    if (this.#outage !== undefined && !attempt.wasSetAside) {
      this.#drop(attempt);
      this.#outage.fail(mid, attempt.tries, rest);
    } else if (attempt.wasSetAside) {
      this.#setAside(attempt, now + rest);
    } else if (attempt.tries < FIRST_TRIES) {
      this.#lookAgain(attempt, now + rest);
      return;
    } else {
      this.#ports.troubled(mid, reason);
      if (this.#taken > attempt.takenBefore) {
        this.#setAside(attempt, now + rest);
      } else {
        this.#drop(attempt);
        this.#outage = new Outage();
        this.#outage.fail(mid, attempt.tries, rest);
        // What rests beside it is read again by the next walk.
        for (const other of [...this.#inFlight.values()]) {
          if (other.due !== Number.POSITIVE_INFINITY) this.#drop(other);
        }
      }
    }
    this.pump();
  }

  /** Takes the next step of the walk, if the previous one has ended. */
  #walk(outage: Outage): void {
    if (this.#offline || outage.due !== Number.POSITIVE_INFINITY) return;
    if (this.#inFlight.size + this.#second.reading > 0) return;
    const next = outage.isOver ? undefined : this.#backlog.first();
    if (next !== undefined) {
      if (this.#isHeldBack(next)) return;
      this.#backlog.take(next);
      this.#start(next, outage.step(next.message.mid));
      return;
    }
    if (!outage.isOver) {
      this.#backlog.refill();
      if (this.#backlog.isReading) return;
    }
    if (outage.failed.size === 0) {
      // Nothing is left to be tried.
      this.#outage = undefined;
      this.pump();
      return;
    }
    outage.rest(this.#ports.clock.monotonic());
    this.#alarm.set(outage.due);
  }

  /** The receiver takes messages. What it did not take just before, it refuses. */
  #tookOne(mid: string): void {
    this.#taken += 1;
    const outage = this.#outage;
    if (outage === undefined) return;
    this.#outage = undefined;
    outage.forget(mid);
    for (const refused of outage.refused(this.#ports.clock.monotonic())) this.#aside.put(...refused);
  }

  // What was set aside.

  #setAside(attempt: Attempt, due: number): void {
    this.#drop(attempt);
    this.#aside.put(attempt.held.message.mid, attempt.tries, due);
  }

  /** Tries what was set aside and is due. It may take half of the window, or every other turn in a window of one. */
  #pumpSetAside(): void {
    const { window } = this.transport;
    const now = this.#ports.clock.monotonic();
    const share = Math.max(1, Math.floor(window / 2));
    while (!this.#offline && this.#hasPlace() && this.#second.places + this.#second.reading < share) {
      if (window === 1 && this.#secondWasLast && this.#backlog.first() !== undefined) break;
      const mid = this.#aside.next(now);
      if (mid === undefined) break;
      this.#secondWasLast = true;
      this.#read(mid);
    }
    if (this.#aside.due > now) this.#alarm.set(this.#aside.due);
  }

  /** Reads the message of one that was set aside, and tries it. */
  #read(mid: string): void {
    const epoch = this.#epoch;
    const held = (known: string) => this.#ports.readAhead.find(known);
    this.#second.reading += 1;
    this.#ports
      .load(String(Number(mid) - 1), { limit: 1, maxBytes: 0, atLeastOne: true, held })
      .then(
        ({ deliveries: [delivery], damaged }) => {
          if (epoch !== this.#epoch || this.#draining !== undefined) return;
          this.#second.reading -= 1;
          for (const one of damaged) this.#ports.damaged(one);
          this.#resume(mid, delivery);
        },
        (error: unknown) => {
          if (epoch !== this.#epoch) return;
          this.#second.reading -= 1;
          const tries = this.#aside.take(mid);
          const due = this.#ports.clock.monotonic() + this.transport.retry.cap;
          if (tries !== undefined) this.#aside.put(mid, tries, due);
          this.#ports.fault(error);
        },
      )
      .then(() => {
        if (epoch === this.#epoch) this.pump();
      })
      .catch((error: unknown) => this.#ports.fault(error));
  }

  #resume(mid: string, delivery: WaitingDelivery | undefined): void {
    const tries = this.#aside.take(mid);
    // Settled in the meantime.
    if (tries === undefined || delivery?.message.mid !== mid) return;
    const one = this.#ports.readAhead.share(delivery.message, delivery.bytes);
    if (!this.#fits(one)) {
      this.#aside.put(mid, tries, this.#ports.clock.monotonic() + this.transport.retry.base);
      return;
    }
    this.#ports.readAhead.hold(one);
    this.#start(one, tries, true);
  }

  #ring(): void {
    if (this.#draining !== undefined) return;
    const now = this.#ports.clock.monotonic();
    if (this.#rereadDue <= now) this.#rewind(true);
    else this.#alarm.set(this.#rereadDue);
    if (this.#outage !== undefined && this.#outage.due <= now) {
      this.#outage.walk();
      this.#rewind(true);
    } else if (this.#outage !== undefined) {
      this.#alarm.set(this.#outage.due);
    }
    for (const attempt of [...this.#inFlight.values()]) {
      // Trying the one before may have settled it, or ended all.
      if (this.#inFlight.get(attempt.held.message.mid) !== attempt) continue;
      if (attempt.due > now) this.#alarm.set(attempt.due);
      else if (this.transport.awaitsAcknowledgement) this.#missed(attempt);
      else this.#try(attempt);
    }
    this.pump();
  }
}
