// One device's deliveries on one transport: what is in flight, and when to try again. Not here: what waits
// (backlog.ts), what a status means for the sender (outbox.ts, reply.ts) and how a message is sent (transports/).

import { backoffDelay } from '../../shared/backoff.ts';
import type { Message } from '../../shared/message.ts';
import { STATUS_RANK, type Status } from '../../shared/status.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Alarm } from './alarm.ts';
import { type Attempt, Attempts } from './attempts.ts';
import { Backlog, type BacklogPorts } from './backlog.ts';
import type { LanePorts } from './lane-ports.ts';
import { silenced } from './message.ts';
import type { LoggedDelivery, Outcome, ReadBounds, Transport, WaitingPage } from './ports.ts';
import type { HeldMessage } from './read-ahead.ts';
import { Refusals, type Retry } from './refusals.ts';
import { SecondTries } from './second-tries.ts';

/** The signal of transports with acknowledgements. They hand a message over at once, so there is nothing to abort. */
const NEVER = new AbortController().signal;

/**
 * First in, first out, at most `transport.window` messages and `transport.windowBytes` bytes in flight. A delivery that
 * the receiver does not take in its first tries lets those behind it pass; see {@link SecondTries} and {@link
 * Refusals}.
 */
export class Lane implements BacklogPorts {
  readonly transport: Transport;
  readonly #device: string;
  readonly #address: unknown;
  readonly #ports: LanePorts;
  readonly #backlog: Backlog;
  readonly #inFlight: Attempts;
  /** Parts that few lanes need. Each is made when it first has something to do. */
  #acknowledgements: Acknowledgements | undefined;
  #second: SecondTries | undefined;
  #refusals: Refusals | undefined;
  /** How many deliveries the receiver has taken or refused for good. */
  #taken = 0;
  #offline = false;
  /** Whether the window is refilled when the acknowledgements that came together are handled. */
  #refillsSoon = false;
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
    this.#backlog = new Backlog(this, ports.readAhead, backlog);
    this.#alarm = new Alarm(ports.clock, this);
    this.#inFlight = new Attempts(transport, ports.readAhead);
  }

  /** Starts as many attempts as the window allows. */
  pump(): void {
    if (this.#draining !== undefined || !this.#ports.mayBegin()) return;
    if (this.#refusals?.isOutage === true) {
      this.#refusals.walk();
      return;
    }
    if (this.#second?.isEmpty === false) this.#second.pump();
    let together: Attempt[] | undefined;
    for (let next = this.#backlog.first(); next !== undefined; next = this.#backlog.first()) {
      if (this.#stays(next, false)) {
        this.#backlog.drop(next.message.mid);
        continue;
      }
      if (!this.#mayStart(next)) break;
      this.#backlog.take(next);
      this.#second?.passed();
      const attempt = this.#hold(next, 0);
      if (this.transport.deliverAll === undefined) this.#try(attempt);
      else if (together === undefined) together = [attempt];
      else together.push(attempt);
    }
    if (together !== undefined) this.#tryAll(together);
    if (!this.#offline) this.#backlog.refill();
  }

  /**
   * Called when a place in the window is free. Acknowledgements arrive together. If messages wait and the transport takes
   * several at once, the window is refilled once for all of these acknowledgements.
   */
  #refill(): void {
    if (this.transport.deliverAll === undefined || this.#backlog.isEmpty) {
      this.pump();
    } else if (!this.#refillsSoon) {
      this.#refillsSoon = true;
      queueMicrotask(() => {
        this.#refillsSoon = false;
        this.pump();
      });
    }
  }

  /** The deliveries that it has tried and will try again. */
  tried(): string[] {
    return [...this.#inFlight.mids(), ...(this.#second?.mids() ?? []), ...(this.#refusals?.mids() ?? [])];
  }

  /** Adds a message that is already in the log. */
  enqueue(message: HeldMessage): void {
    if (this.#stays(message, false)) return;
    const isNext = this.#draining === undefined && this.#second === undefined && this.#refusals === undefined;
    // The hot path: nothing waits, so the message does not wait either.
    if (isNext && this.#mayStart(message) && this.#backlog.pass(message)) {
      this.#try(this.#hold(message, 0));
      return;
    }
    this.#backlog.add(message);
    this.pump();
  }

  /** Adds a message that is already in the log, perhaps below others that this lane has had: the log is read again then. */
  enqueueLate(message: HeldMessage): void {
    if (this.#backlog.isBeyond(message)) this.#rewind(true);
    this.enqueue(message);
  }

  /** Whether a message is not sent, because it would make a device ring that wants to be quiet. */
  #stays({ message }: Pick<HeldMessage, 'message'>, isStored: boolean, wasTried = false): boolean {
    if (this.transport.rings !== true || !this.#ports.isSilent(message, isStored)) return false;
    this.#ports.held(message, this.transport.name, wasTried ? 'tried' : undefined);
    return true;
  }

  /** The message as the device gets it: without a ring if it wants to be quiet. */
  #voiced({ held: { message } }: Attempt): Message {
    return this.transport.awaitsAcknowledgement && this.#ports.isSilent(message, false) ? silenced(message) : message;
  }

  #mayStart(message: HeldMessage): boolean {
    if (this.#offline || this.#inFlight.size + (this.#second?.reading ?? 0) >= this.transport.window) return false;
    if (!this.#ports.mayBegin()) return false;
    return this.#inFlight.fits(message) && !this.#isHeldBack(message);
  }

  /** Drops a settled delivery. @returns whether this lane has tried it */
  release(mid: string): boolean {
    const attempt = this.#inFlight.get(mid);
    const waited = this.#backlog.drop(mid);
    if (attempt !== undefined) this.#inFlight.drop(attempt);
    const wasTried = attempt !== undefined || this.#second?.drop(mid) === true || this.#refusals?.drop(mid) === true;
    if (wasTried || waited) this.#refill();
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
    this.#ports.slept(this.transport.name);
  }

  /**
   * Called when this node may know less than the log: reads the log before it tries anything new. What is in flight stays
   * there if an attempt ends by itself; what awaits an acknowledgement may have one already.
   */
  refresh(): void {
    if (this.transport.awaitsAcknowledgement) this.#reset(true);
    else this.#rewind(true);
    this.pump();
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
    this.#second?.clear();
    this.#second = undefined;
    this.#refusals = undefined;
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
   * Whether there is nothing to do: a delivery is in flight, set aside or held, or a push service took it before a restart.
   */
  isDone(delivery: LoggedDelivery): boolean {
    const { status } = delivery;
    const { mid } = delivery.message;
    if (this.#inFlight.has(mid) || this.#second?.has(mid) === true || this.#refusals?.has(mid) === true) return true;
    const { awaitsAcknowledgement, statuses } = this.transport;
    if (awaitsAcknowledgement || statuses.accepted === undefined) return false;
    if (STATUS_RANK[status] >= STATUS_RANK[statuses.accepted]) return true;
    if (this.transport.rings !== true) return false;
    if (status === 'held') {
      // The digest may have found no way to the device, and this lane is a new one.
      this.#ports.held(delivery.message, this.transport.name, 'held');
      return true;
    }
    // An attempt before a restart has left its status.
    return this.#stays(delivery, true, status === statuses.attempting);
  }

  /** Reads a page for the backlog. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage> {
    return this.#ports.load(after, bounds);
  }

  /** Whether nothing is in flight. */
  isIdle(): boolean {
    return this.#inFlight.size === 0;
  }

  /** Called for a delivery that the log cannot read. */
  damaged(mid: string): void {
    this.#ports.damaged(mid, this.transport.name);
  }

  /** Called when the backlog has more. */
  loaded(): void {
    this.pump();
  }

  /** Called when the log could not be read. */
  failed(error: unknown): void {
    this.#ports.fault(error);
    this.#alarm.set(this.#ports.clock.monotonic() + this.transport.retry.cap);
  }

  /** Begins the attempts for a message that the lane already holds. */
  #start(held: HeldMessage, tries: number, wasSetAside = false): void {
    this.#try(this.#hold(held, tries, wasSetAside));
  }

  /** Gives a message its place in the window. */
  #hold(held: HeldMessage, tries: number, wasSetAside = false): Attempt {
    const due = Number.POSITIVE_INFINITY;
    const attempt: Attempt = {
      held,
      abort: undefined,
      wasSetAside,
      takenBefore: this.#taken,
      tries,
      due,
      isAsked: false,
    };
    this.#inFlight.add(attempt);
    return attempt;
  }

  #prepare(attempt: Attempt): void {
    attempt.tries += 1;
    if (attempt.tries > 1) this.#ports.retried?.(this.transport.name);
    attempt.due = Number.POSITIVE_INFINITY;
    attempt.isAsked = false;
    this.#progress(attempt, this.transport.statuses.attempting);
  }

  #tryAll(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) this.#prepare(attempt);
    const messages = attempts.map((attempt) => this.#voiced(attempt));
    let outcome: Outcome | Promise<Outcome> | undefined;
    try {
      outcome = this.transport.deliverAll?.(this.#device, this.#address, messages);
    } catch (error) {
      outcome = this.#faulty(error);
    }
    this.#settle(attempts, outcome);
  }

  #try(attempt: Attempt): void {
    if (this.#stays(attempt.held, false, attempt.tries > 0)) {
      this.release(attempt.held.message.mid);
      return;
    }
    this.#prepare(attempt);
    attempt.abort = this.transport.awaitsAcknowledgement ? undefined : new AbortController();
    const signal = attempt.abort?.signal ?? NEVER;
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.transport.deliver(this.#device, this.#address, this.#voiced(attempt), signal);
    } catch (error) {
      outcome = this.#faulty(error);
    }
    // The hot path: without a list.
    if (outcome instanceof Promise) this.#settle([attempt], outcome);
    else this.#apply(attempt, outcome);
  }

  /** Applies the outcome of attempts that were made together, when it is known. */
  #settle(attempts: readonly Attempt[], outcome: Outcome | Promise<Outcome> | undefined): void {
    const apply = (settled: Outcome | undefined) => {
      for (const attempt of attempts) this.#apply(attempt, settled);
    };
    if (outcome instanceof Promise) {
      outcome
        .then(apply, (error: unknown) => apply(this.#faulty(error)))
        .then(() => this.#checkDrained())
        .catch((error: unknown) => this.#ports.fault(error));
    } else {
      apply(outcome);
    }
  }

  /** Handles a transport that throws, which is a bug. It must not lose the delivery or affect other recipients. */
  #faulty(error: unknown): Retry {
    this.#ports.fault(error);
    return { kind: 'retry', reason: 'internal error' };
  }

  #apply(attempt: Attempt, outcome: Outcome | undefined): void {
    const { mid } = attempt.held.message;
    if (this.#inFlight.get(mid) !== attempt) return;
    // Aborting what is over costs an exception with its stack.
    attempt.abort = undefined;
    // `?.` because a transport with a bug may return nothing.
    switch (outcome?.kind) {
      case 'accepted':
        this.#progress(attempt, this.transport.statuses.accepted);
        if (this.transport.awaitsAcknowledgement) this.#await(attempt);
        else {
          this.#tookOne(mid);
          this.release(mid);
        }
        break;
      case 'confirmed':
        this.#tookOne(mid);
        this.#ports.confirmed(mid, this.transport.name);
        break;
      case 'offline':
        this.sleep();
        break;
      case 'retry':
        this.#progress(attempt, this.transport.statuses.retrying);
        this.#ports.failed?.(mid, outcome.reason, this.transport.name);
        this.#failed(attempt, outcome);
        break;
      case 'gone':
        this.#ports.gone(outcome.reason, this.transport.name);
        break;
      case 'refused':
        this.#tookOne(mid);
        this.release(mid);
        this.#ports.refused(mid, outcome.reason, this.transport.name);
        break;
      default:
        this.#failed(attempt, this.#faulty(new TypeError(`the transport ${this.transport.name} gave no outcome`)));
    }
  }

  #tookOne(mid: string): void {
    this.#taken += 1;
    this.#refusals?.tookOne(mid);
  }

  #failed(attempt: Attempt, outcome: Retry): void {
    this.#refusals ??= new Refusals({
      lane: this.#ports,
      transport: this.transport.name,
      attempts: this.#inFlight,
      backlog: this.#backlog,
      second: () => this.#secondTries(),
      taken: () => this.#taken,
      isOnline: () => !this.#offline,
      isHeldBack: (message) => this.#isHeldBack(message),
      start: (message, tries) => this.#start(message, tries),
      delay: (other) => this.#delay(other),
      lookAgain: (other, due) => this.#lookAgain(other, due),
      setAside: (other, due) => this.#setAside(other, due),
      rewind: () => this.#rewind(true),
      pump: () => this.pump(),
      wakeAt: (due) => this.#alarm.set(due),
    });
    this.#refusals.failed(attempt, outcome);
  }

  #secondTries(): SecondTries {
    this.#second ??= new SecondTries(this.transport, {
      lane: this.#ports,
      attempts: this.#inFlight,
      isRunning: () => !this.#offline && this.#draining === undefined,
      othersWait: () => this.#backlog.first() !== undefined,
      start: (message, tries) => this.#start(message, tries, true),
      freed: () => this.pump(),
      wakeAt: (due) => this.#alarm.set(due),
    });
    return this.#second;
  }

  /** Called when a copy was handed over. */
  #await(attempt: Attempt): void {
    // A second try keeps its place in the window only for the time that an acknowledgement may take.
    const rest = attempt.wasSetAside ? this.transport.retry.base : this.#delay(attempt);
    this.#lookAgain(attempt, this.#ports.clock.monotonic() + rest);
  }

  /** Called when no acknowledgement came in time. */
  #missed(attempt: Attempt): void {
    this.#acknowledgements ??= new Acknowledgements(this.transport, {
      lane: this.#ports,
      attempts: this.#inFlight,
      device: this.#device,
      delay: (other) => this.#delay(other),
      lookAgain: (other, due) => this.#lookAgain(other, due),
      tryAgain: (other) => this.#try(other),
      setAside: (other, due) => this.#setAside(other, due),
      freed: () => this.pump(),
    });
    this.#acknowledgements.missed(attempt);
  }

  #progress(attempt: Attempt, status: Status | undefined): void {
    if (status !== undefined) this.#ports.progress(attempt.held.message.mid, status, this.transport.name);
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
    this.#secondTries().put(attempt.held.message.mid, attempt.tries, due);
  }

  /** Called at the time for which the alarm was set. */
  ring(): void {
    if (this.#draining !== undefined || !this.#ports.mayBegin()) return;
    const now = this.#ports.clock.monotonic();
    if (this.#rereadDue <= now) this.#rewind(true);
    else this.#alarm.set(this.#rereadDue);
    this.#refusals?.ring(now);
    for (const attempt of this.#inFlight.list()) {
      // An earlier try in this loop may have settled this one, or ended all.
      if (this.#inFlight.get(attempt.held.message.mid) !== attempt) continue;
      if (attempt.due > now) this.#alarm.set(attempt.due);
      else if (this.transport.awaitsAcknowledgement) this.#missed(attempt);
      else this.#try(attempt);
    }
    this.pump();
  }
}
