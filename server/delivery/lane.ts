// One device's deliveries on one transport: what is in flight, and when to try again. Not here: what waits (backlog.ts),
// what a status means for the sender (outbox.ts, reply.ts) and how bytes travel (transports/).

import { backoffDelay } from '../../shared/backoff.ts';
import type { Message } from '../../shared/message.ts';
import { STATUS_RANK, type Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import { Alarm } from './alarm.ts';
import { Backlog } from './backlog.ts';
import type { LoggedDelivery, Outcome, ReadBounds, Transport, WaitingPage } from './ports.ts';
import type { HeldMessage, ReadAhead } from './read-ahead.ts';

/** What a lane asks of its outbox. */
export interface LanePorts {
  readonly clock: Clock;
  /** What all lanes hold in memory. */
  readonly readAhead: ReadAhead;
  /** Deliveries of the device that are not settled, above `after`, ascending, within the bounds. */
  load(after: string, bounds: ReadBounds): Promise<WaitingPage>;
  /** Whether the device is connected on a route with acknowledgements. */
  connected(): boolean;
  /** This lane went offline. */
  slept(): void;
  /** A step of an attempt changed the public status. */
  progress(mid: string, status: Status): void;
  /** An attempt begins that is not the first one. */
  retried?(): void;
  /** The receiver has it. */
  confirmed(mid: string): void;
  /** This transport will never take it. */
  refused(mid: string, reason: string): void;
  /** The address is dead; the outbox closes the lane. */
  gone(reason: string): void;
  /** A fault of the relay itself, to be logged. */
  fault(error: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

interface Attempt {
  readonly held: HeldMessage;
  readonly abort: AbortController | undefined;
  tries: number;
  /** When to try again, ms since 1970; Infinity while a transport is at work. */
  due: number;
}

/** First in, first out, at most `transport.window` messages and `transport.windowBytes` bytes in flight. */
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
  #offline = false;
  /** When to read the log again for what memory has dropped, ms since 1970. */
  #rereadDue = Number.POSITIVE_INFINITY;
  /** One for all attempts: settling one leaves it set, and then it finds nothing to do. */
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
        loaded: () => this.pump(),
        failed: (error) => this.#unread(error),
      },
      ports.readAhead,
      backlog,
    );
    this.#alarm = new Alarm(ports.clock, (setBack) => this.#ring(setBack));
  }

  /** Tries what is due: the backlog at the start, and what was held back for a device that left. */
  pump(): void {
    while (!this.#offline && this.#inFlight.size < this.transport.window) {
      const next = this.#backlog.first();
      if (next === undefined || !this.#fits(next) || this.#isHeldBack(next.message)) break;
      this.#backlog.take(next);
      // A lane without acknowledgements aborts single attempts; the hot path shares the lane's own signal.
      const abort = this.transport.awaitsAcknowledgement ? undefined : new AbortController();
      const attempt: Attempt = { held: next, abort, tries: 0, due: Number.POSITIVE_INFINITY };
      this.#inFlight.set(next.message.mid, attempt);
      this.#bytes += next.bytes;
      this.#try(attempt);
    }
    if (!this.#offline) this.#backlog.refill();
  }

  /** Whether the receiver is there, as far as this lane knows. */
  get online(): boolean {
    return !this.#offline;
  }

  /** Takes a message that is already in the log. */
  enqueue(message: HeldMessage): void {
    this.#backlog.add(message);
    this.pump();
  }

  /** Drops a delivery that was settled, wherever it stands; tells whether it was in flight. */
  release(mid: string): boolean {
    const waited = this.#backlog.drop(mid);
    const attempt = this.#inFlight.get(mid);
    if (attempt !== undefined) {
      this.#inFlight.delete(mid);
      this.#letGo(attempt);
    } else if (!waited) {
      return false;
    }
    this.pump();
    return attempt !== undefined;
  }

  /** The receiver is there again: everything unsettled is sent anew, oldest first. */
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

  /** A delivery that was dropped could not be settled: after a rest, what the log still holds is tried again. */
  reread(): void {
    if (this.#offline) return;
    this.#rereadDue = Math.min(this.#rereadDue, this.#ports.clock.now() + this.transport.retry.cap);
    this.#alarm.set(this.#rereadDue);
  }

  /** Ends every attempt; the lane is not used again. */
  close(): void {
    this.#closing.abort();
    this.#reset(true);
    this.#offline = true;
  }

  /** Has everything that is not in flight read anew from the log. */
  #rewind(backlog: boolean): void {
    this.#rereadDue = Number.POSITIVE_INFINITY;
    this.#backlog.rewind(backlog);
  }

  #reset(backlog: boolean): void {
    this.#rewind(backlog);
    const ended = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const attempt of ended) this.#letGo(attempt);
    this.#alarm.clear();
  }

  #letGo({ held, abort }: Attempt): void {
    this.#bytes -= held.bytes;
    this.#ports.readAhead.release(held);
    abort?.abort();
  }

  /** Whether it may be in flight beside the others. A message with more bytes than the window goes by itself. */
  #fits({ bytes }: HeldMessage): boolean {
    const { windowBytes } = this.transport;
    return windowBytes === undefined || this.#inFlight.size === 0 || this.#bytes + bytes <= windowBytes;
  }

  /** A mid is the time of its message, so that the end of the grace needs no record. */
  #isHeldBack(message: Message): boolean {
    const { grace } = this.transport;
    if (grace === undefined || !this.#ports.connected()) return false;
    const now = this.#ports.clock.now();
    const until = Number(message.mid) + grace;
    // Mids run ahead of a clock that was set back, which must not hold anything for so long.
    if (until <= now || until > now + 2 * grace) return false;
    this.#alarm.set(until);
    return true;
  }

  /** Whether it is in flight, or was accepted before a restart where nothing is acknowledged. */
  #isDone({ message, status }: LoggedDelivery): boolean {
    if (this.#inFlight.has(message.mid)) return true;
    const { awaitsAcknowledgement, statuses } = this.transport;
    if (awaitsAcknowledgement || statuses.accepted === undefined) return false;
    return STATUS_RANK[status] >= STATUS_RANK[statuses.accepted];
  }

  #unread(error: unknown): void {
    this.#ports.fault(error);
    this.#alarm.set(this.#ports.clock.now() + this.transport.retry.cap);
  }

  #try(attempt: Attempt): void {
    attempt.tries += 1;
    if (attempt.tries > 1) this.#ports.retried?.();
    attempt.due = Number.POSITIVE_INFINITY;
    this.#progress(attempt, this.transport.statuses.attempting);
    const signal = attempt.abort?.signal ?? this.#closing.signal;
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.transport.deliver(this.#device, this.#address, attempt.held.message, signal);
    } catch (error) {
      outcome = this.#failed(error);
    }
    if (outcome instanceof Promise) {
      outcome
        .catch((error: unknown) => this.#failed(error))
        .then((settled) => this.#apply(attempt, settled))
        .catch((error: unknown) => this.#ports.fault(error));
    } else {
      this.#apply(attempt, outcome);
    }
  }

  /** A transport that throws has a bug, which must neither lose the delivery nor reach the other recipients. */
  #failed(error: unknown): Outcome {
    this.#ports.fault(error);
    return { kind: 'retry', reason: 'internal error' };
  }

  #apply(attempt: Attempt, outcome: Outcome): void {
    const { mid } = attempt.held.message;
    if (this.#inFlight.get(mid) !== attempt) return;
    switch (outcome.kind) {
      case 'accepted':
        this.#progress(attempt, this.transport.statuses.accepted);
        if (this.transport.awaitsAcknowledgement) this.#again(attempt);
        else this.release(mid);
        break;
      case 'confirmed':
        this.#ports.confirmed(mid);
        break;
      case 'offline':
        this.sleep();
        break;
      case 'retry':
        this.#progress(attempt, this.transport.statuses.retrying);
        this.#again(attempt, outcome.after, outcome.within);
        break;
      case 'gone':
        this.#ports.gone(outcome.reason);
        break;
      case 'refused':
        this.release(mid);
        this.#ports.refused(mid, outcome.reason);
        break;
    }
  }

  #progress(attempt: Attempt, status: Status | undefined): void {
    if (status !== undefined) this.#ports.progress(attempt.held.message.mid, status);
  }

  #again(attempt: Attempt, atLeast = 0, atMost = Number.POSITIVE_INFINITY): void {
    const delay = backoffDelay(attempt.tries, this.transport.retry, this.#ports.random());
    attempt.due = this.#ports.clock.now() + Math.min(Math.max(delay, atLeast), atMost);
    this.#alarm.set(attempt.due);
  }

  #ring(setBack: number): void {
    const now = this.#ports.clock.now();
    if (setBack > 0) {
      this.#rereadDue -= setBack;
      for (const attempt of this.#inFlight.values()) attempt.due -= setBack;
    }
    if (this.#rereadDue <= now) this.#rewind(true);
    else if (this.#rereadDue !== Number.POSITIVE_INFINITY) this.#alarm.set(this.#rereadDue);
    for (const attempt of [...this.#inFlight.values()]) {
      // Trying the one before may have settled it, or ended all.
      if (this.#inFlight.get(attempt.held.message.mid) !== attempt) continue;
      if (attempt.due <= now) this.#try(attempt);
      else if (attempt.due !== Number.POSITIVE_INFINITY) this.#alarm.set(attempt.due);
    }
    this.pump();
  }
}
