// One device's deliveries on one transport: what is in flight, and when to try again. Not here: what waits
// (backlog.ts), what a status means for the sender (outbox.ts, reply.ts) and how a message is sent (transports/).
import { backoffDelay } from '../../shared/backoff.ts';
import { STATUS_RANK, type Status } from '../../shared/status.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Alarm } from './alarm.ts';
import { type Attempt, Attempts } from './attempts.ts';
import { Backlog } from './backlog.ts';
import type { LanePorts } from './lane-ports.ts';
import type { LoggedDelivery, Outcome, Transport } from './ports.ts';
import type { HeldMessage } from './read-ahead.ts';
import { Refusals, type Retry } from './refusals.ts';
import { SecondTries } from './second-tries.ts';

/**
 * First in, first out, at most `transport.window` messages and `transport.windowBytes` bytes in flight. A delivery that
 * the receiver does not take in its first tries lets those behind it pass; see {@link SecondTries} and {@link
 * Refusals}.
 */
export class Lane {
  readonly transport: Transport;
  readonly #device: string;
  readonly #address: unknown;
  readonly #ports: LanePorts;
  readonly #closing = new AbortController();
  readonly #backlog: Backlog;
  readonly #inFlight: Attempts;
  readonly #second: SecondTries;
  readonly #acknowledgements: Acknowledgements;
  readonly #refusals: Refusals;
  #offline = false;
  /** Resolves the promise of `drain`; undefined before it is called. */
  #draining: (() => void) | undefined;
  /** When to read the log again for deliveries that are no longer in memory. */
  #rereadDue = Number.POSITIVE_INFINITY;
  /** One timer for all attempts. It may ring for an attempt that has ended; nothing happens then. */
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
    this.#inFlight = new Attempts(transport, ports.readAhead);
    this.#second = new SecondTries(transport, {
      lane: ports,
      attempts: this.#inFlight,
      isRunning: () => !this.#offline && this.#draining === undefined,
      othersWait: () => this.#backlog.first() !== undefined,
      start: (message, tries) => this.#start(message, tries, true),
      freed: () => this.pump(),
      wakeAt: (due) => this.#alarm.set(due),
    });
    this.#refusals = new Refusals({
      lane: ports,
      attempts: this.#inFlight,
      backlog: this.#backlog,
      second: this.#second,
      isOnline: () => this.online,
      isHeldBack: (message) => this.#isHeldBack(message),
      start: (message, tries) => this.#start(message, tries),
      delay: (attempt) => this.#delay(attempt),
      lookAgain: (attempt, due) => this.#lookAgain(attempt, due),
      setAside: (attempt, due) => this.#setAside(attempt, due),
      rewind: () => this.#rewind(true),
      pump: () => this.pump(),
      wakeAt: (due) => this.#alarm.set(due),
    });
    this.#acknowledgements = new Acknowledgements(transport, {
      lane: ports,
      attempts: this.#inFlight,
      device,
      delay: (attempt) => this.#delay(attempt),
      lookAgain: (attempt, due) => this.#lookAgain(attempt, due),
      tryAgain: (attempt) => this.#try(attempt),
      setAside: (attempt, due) => this.#setAside(attempt, due),
      freed: () => this.pump(),
    });
  }

  /** Starts as many attempts as the window allows. */
  pump(): void {
    if (this.#draining !== undefined) return;
    if (this.#refusals.isOutage) {
      this.#refusals.walk();
      return;
    }
    if (!this.#second.isEmpty) this.#second.pump();
    const { window } = this.transport;
    while (!this.#offline && this.#inFlight.size + this.#second.reading < window) {
      const next = this.#backlog.first();
      if (next === undefined || !this.#inFlight.fits(next) || this.#isHeldBack(next)) break;
      this.#backlog.take(next);
      this.#second.passed();
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
    return [...this.#inFlight.mids(), ...this.#second.mids(), ...this.#refusals.mids()];
  }

  /** Adds a message that is already in the log. */
  enqueue(message: HeldMessage): void {
    this.#backlog.add(message);
    this.pump();
  }

  /** Drops a settled delivery. @returns whether this lane has tried it */
  release(mid: string): boolean {
    const attempt = this.#inFlight.get(mid);
    const waited = this.#backlog.drop(mid);
    if (attempt !== undefined) this.#inFlight.drop(attempt);
    const wasTried = attempt !== undefined || this.#second.drop(mid) || this.#refusals.drop(mid);
    if (wasTried || waited) this.pump();
    return wasTried;
  }

  /** Called when the receiver is back: sends everything unsettled again, oldest first. */
  wake(backlog: boolean): void {
    this.#reset(backlog);
    this.#offline = false;
    this.pump();
  }

  /** Called when the receiver left: tries nothing until `wake`. */
  sleep(): void {
    this.#reset(true);
    this.#offline = true;
    this.#ports.slept();
  }

  /**
   * Called when a dropped delivery could not be settled. After a pause, the lane reads again what the log still has.
   */
  reread(): void {
    if (this.#offline) return;
    this.#rereadDue = Math.min(this.#rereadDue, this.#ports.clock.monotonic() + this.transport.retry.cap);
    this.#alarm.set(this.#rereadDue);
  }

  /**
   * Starts no further attempt, and resolves when the transport has no work left. A transport with acknowledgements
   * needs no wait: its attempts end with the connection.
   */
  drain(): Promise<void> {
    if (this.transport.awaitsAcknowledgement) return Promise.resolve();
    return new Promise((resolve) => {
      this.#draining = resolve;
      this.#checkDrained();
    });
  }

  #checkDrained(): void {
    if (this.#inFlight.isAtWork) return;
    this.#draining?.();
  }

  /** Ends every attempt. The lane cannot be used again. */
  close(): void {
    this.#closing.abort();
    this.#reset(true);
    this.#offline = true;
  }

  /** Makes the backlog read everything from the log again that is not in flight. */
  #rewind(backlog: boolean): void {
    this.#rereadDue = Number.POSITIVE_INFINITY;
    this.#backlog.rewind(backlog);
  }

  #reset(backlog: boolean): void {
    this.#rewind(backlog);
    for (const attempt of this.#inFlight.list()) this.#inFlight.drop(attempt);
    this.#second.clear();
    this.#refusals.clear();
    this.#alarm.clear();
  }

  /** Whether a push has to wait, because the device is connected and may acknowledge the message without it. */
  #isHeldBack({ message }: HeldMessage): boolean {
    const { grace } = this.transport;
    if (grace === undefined || !this.#ports.connected()) return false;
    const age = this.#ports.clock.now() - message.createdAt;
    // If the clock was set back, nothing may be held back for long.
    if (age >= grace || age < -grace) return false;
    this.#alarm.set(this.#ports.clock.monotonic() + grace - age);
    return true;
  }

  /**
   * Whether there is nothing to do: a delivery is in flight or set aside, or a push service took it before a restart.
   */
  #isDone({ message: { mid }, status }: LoggedDelivery): boolean {
    if (this.#inFlight.has(mid) || this.#second.has(mid) || this.#refusals.has(mid)) return true;
    const { awaitsAcknowledgement, statuses } = this.transport;
    if (awaitsAcknowledgement || statuses.accepted === undefined) return false;
    return STATUS_RANK[status] >= STATUS_RANK[statuses.accepted];
  }

  #unread(error: unknown): void {
    this.#ports.fault(error);
    this.#alarm.set(this.#ports.clock.monotonic() + this.transport.retry.cap);
  }

  /** Begins the attempts for a message that the lane already holds. */
  #start(held: HeldMessage, tries: number, wasSetAside = false): void {
    // Only lanes without acknowledgements abort single attempts. The others, on the hot path, share the lane's own
    // signal.
    const abort = this.transport.awaitsAcknowledgement ? undefined : new AbortController();
    const due = Number.POSITIVE_INFINITY;
    const attempt: Attempt = {
      held,
      abort,
      wasSetAside,
      takenBefore: this.#refusals.taken,
      tries,
      due,
      isAsked: false,
    };
    this.#inFlight.add(attempt);
    this.#try(attempt);
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

  /** Handles a transport that throws, which is a bug. It must not lose the delivery or affect other recipients. */
  #faulty(error: unknown): Retry {
    this.#ports.fault(error);
    return { kind: 'retry', reason: 'internal error' };
  }

  #apply(attempt: Attempt, outcome: Outcome): void {
    const { mid } = attempt.held.message;
    if (this.#inFlight.get(mid) !== attempt) return;
    // `?.` because a transport with a bug may return nothing.
    switch (outcome?.kind) {
      case 'accepted':
        this.#progress(attempt, this.transport.statuses.accepted);
        if (this.transport.awaitsAcknowledgement) this.#acknowledgements.wait(attempt);
        else {
          this.#refusals.tookOne(mid);
          this.release(mid);
        }
        break;
      case 'confirmed':
        this.#refusals.tookOne(mid);
        this.#ports.confirmed(mid);
        break;
      case 'offline':
        this.sleep();
        break;
      case 'retry':
        this.#progress(attempt, this.transport.statuses.retrying);
        this.#refusals.failed(attempt, outcome);
        break;
      case 'gone':
        this.#ports.gone(outcome.reason);
        break;
      case 'refused':
        this.#refusals.tookOne(mid);
        this.release(mid);
        this.#ports.refused(mid, outcome.reason);
        break;
      default:
        this.#refusals.failed(
          attempt,
          this.#faulty(new TypeError(`the transport ${this.transport.name} gave no outcome`)),
        );
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

  #setAside(attempt: Attempt, due: number): void {
    this.#inFlight.drop(attempt);
    this.#second.put(attempt.held.message.mid, attempt.tries, due);
  }

  #ring(): void {
    if (this.#draining !== undefined) return;
    const now = this.#ports.clock.monotonic();
    if (this.#rereadDue <= now) this.#rewind(true);
    else this.#alarm.set(this.#rereadDue);
    this.#refusals.ring(now);
    for (const attempt of this.#inFlight.list()) {
      // An earlier try in this loop may have settled this one, or ended all.
      if (this.#inFlight.get(attempt.held.message.mid) !== attempt) continue;
      if (attempt.due > now) this.#alarm.set(attempt.due);
      else if (this.transport.awaitsAcknowledgement) this.#acknowledgements.missed(attempt);
      else this.#try(attempt);
    }
    this.pump();
  }
}
