// The reports that wait for one address: which goes next, how many are under way, when a failed one is tried again.
// Not here: the order of the reports (report-lanes.ts), outages of the address (address-state.ts), how a report is stored
// (queues.ts) and what a request looks like (request.ts).

import { backoffDelay } from '../../shared/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { AddressState, RETRY } from './address-state.ts';
import { type InLanes, ReportLanes } from './report-lanes.ts';
import type { StoredReport } from './report-store.ts';

/** What became of one attempt. */
export type ReportOutcome =
  /** The app's server accepted it. */
  | { readonly kind: 'taken' }
  /** The server refused this report, for now. Other reports may succeed. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The server cannot be reached, or asks for a pause of `after` ms. This concerns every report. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly after?: number | undefined }
  /** No hook wants it any more. */
  | { readonly kind: 'unwanted'; readonly reason: string }
  /** The relay itself ended the attempt. */
  | { readonly kind: 'aborted' };

/** A report in the queue. */
export interface Sending {
  readonly report: StoredReport;
  /** The body; undefined if it has to be read from the store, because too many bodies are in memory. */
  readonly body: string | undefined;
  /** How much of its lifetime is over, in ms. */
  readonly age: number;
}

/** What a queue needs from its owner. No call throws or rejects. */
export interface AddressQueuePorts {
  readonly clock: Clock;
  /** The most requests under way. */
  readonly concurrency: number;
  /** How long a report is tried, in ms. */
  readonly lifetime: number;
  /** A number in [0, 1). */
  random(): number;
  /** Whether an attempt may begin. Call `resume` when this is true again. */
  mayBegin(): boolean;
  /** @param tries the number of attempts, including this one */
  attempt(sending: Sending, tries: number): Promise<ReportOutcome>;
  /** The report has left the queue: it was accepted, is no longer wanted, or is given up. */
  ended(sending: Sending, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void;
  /** Replaces a report by one for each of its channels; undefined if that fails. */
  split(sending: Sending): Promise<readonly StoredReport[] | undefined>;
  /** Logs an error that is a bug in the relay. */
  fault(error: unknown): void;
}

interface Entry extends InLanes {
  readonly sending: Sending;
  tries: number;
  /** How often the server was available and refused it. */
  refusals: number;
  underWay: boolean;
  /** Its lifetime is over: the next attempt is the last one. */
  isLast: boolean;
  /** The number of the outage during which it was accepted, if there was one. */
  readonly outage: number | undefined;
  readonly enteredAt: number;
  readonly lifetime: Timer;
  /** Armed while it waits for its next attempt. */
  rest: Timer;
}

/** After this many refusals, a report of several channels is split, so that one channel cannot hold up the others. */
const SPLIT_AFTER = 3;

/**
 * Each channel is a lane: its reports go out one after the other. Lanes do not wait for each other. A report of several
 * channels waits until it is first in all of their lanes.
 */
export class AddressQueue {
  readonly #ports: AddressQueuePorts;
  readonly #entries = new Set<Entry>();
  readonly #lanes = new ReportLanes<Entry>();
  /** Reports that may be tried now: those never tried, those tried before, and those with one attempt left. */
  readonly #fresh = new Set<Entry>();
  readonly #again = new Set<Entry>();
  readonly #last = new Set<Entry>();
  readonly #state: AddressState;
  #underWay = 0;
  #prefersFresh = true;
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(ports: AddressQueuePorts) {
    this.#ports = ports;
    this.#state = new AddressState({ clock: ports.clock, random: () => ports.random(), rested: () => this.#pump() });
  }

  /** How many reports wait or are under way. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a report that is already durable. */
  add(sending: Sending): void {
    const entry = this.#enter(sending, this.#state.isDown ? this.#state.outage : undefined);
    this.#lanes.join(entry);
    if (entry.blockers === 0) this.#ready(entry);
    this.#pump();
  }

  /** Drops reports and returns them. The outcome of an attempt under way no longer matters. */
  drop(isMeant: (report: StoredReport) => boolean): Sending[] {
    const dropped = [...this.#entries].filter(({ sending }) => isMeant(sending.report));
    for (const entry of dropped) this.#leave(entry);
    this.#pump();
    return dropped.map(({ sending }) => sending);
  }

  /** Goes on after a time in which no attempt could begin. */
  resume(): void {
    this.#pump();
  }

  /** Starts no further attempt. */
  stop(): void {
    this.#stopped = true;
  }

  /** Starts no further attempt; resolves when none is under way. */
  async drain(): Promise<void> {
    this.stop();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Forgets everything in memory. */
  close(): void {
    this.#stopped = true;
    for (const entry of [...this.#entries]) this.#leave(entry);
    this.#state.close();
  }

  #enter(sending: Sending, outage: number | undefined): Entry {
    const { clock, lifetime } = this.#ports;
    const { app, channels } = sending.report;
    const entry: Entry = {
      sending,
      lanes: channels.map((channel) => `${app}\n${channel}`),
      blockers: 0,
      tries: 0,
      refusals: 0,
      underWay: false,
      isLast: sending.age >= lifetime,
      outage,
      enteredAt: clock.monotonic(),
      lifetime: clock.setTimeout(() => this.#age(entry), Math.max(0, lifetime - sending.age)),
      rest: undefined,
    };
    this.#entries.add(entry);
    return entry;
  }

  /** Ends the lifetime of a report. It gets one more attempt. */
  #age(entry: Entry): void {
    entry.isLast = true;
    if (entry.blockers > 0 || entry.underWay) return;
    this.#ready(entry);
    this.#pump();
  }

  #ready(entry: Entry): void {
    this.#ports.clock.clearTimeout(entry.rest);
    this.#unready(entry);
    const set = entry.isLast ? this.#last : entry.tries === 0 ? this.#fresh : this.#again;
    set.add(entry);
  }

  #unready(entry: Entry): void {
    for (const set of [this.#fresh, this.#again, this.#last]) set.delete(entry);
  }

  #pump(): void {
    while (
      !this.#stopped &&
      this.#ports.mayBegin() &&
      this.#underWay < (this.#state.isDown ? 1 : this.#ports.concurrency)
    ) {
      const next = this.#next();
      if (next === undefined) return;
      this.#unready(next);
      // The address was down for the whole lifetime of this report: the attempts of other reports have shown it.
      if (next.isLast && next.outage === this.#state.outage && this.#state.isDown) {
        this.#end(next, 'givenUp', 'the address could not be reached in its lifetime');
      } else {
        this.#try(next);
      }
    }
  }

  #next(): Entry | undefined {
    const [last] = this.#last;
    // A last attempt goes out even during a pause, so that no pause extends a lifetime.
    if (last !== undefined || this.#state.isRestAsked) return last;
    const [fresh] = this.#fresh;
    // During a pause only new reports go out: the reports that failed before may be the cause of the failures.
    if (this.#state.isResting) return fresh;
    const [again] = this.#again;
    // For the same reason, new reports go first as long as the outage lasts.
    if (this.#state.isDown) return fresh ?? again;
    this.#prefersFresh = !this.#prefersFresh;
    return this.#prefersFresh ? (fresh ?? again) : (again ?? fresh);
  }

  #try(entry: Entry): void {
    entry.tries += 1;
    this.#occupy(entry, this.#ports.attempt(entry.sending, entry.tries), (outcome) => this.#apply(entry, outcome));
  }

  /** Counts the work as a request under way, and continues with the queue when it is done. */
  #occupy<Result>(entry: Entry, work: Promise<Result>, done: (result: Result) => void): void {
    entry.underWay = true;
    this.#underWay += 1;
    work
      .then((result) => {
        this.#underWay -= 1;
        entry.underWay = false;
        try {
          if (this.#entries.has(entry)) done(result);
        } finally {
          this.#pump();
          if (this.#underWay === 0) this.#idle?.();
        }
      })
      .catch((error: unknown) => this.#ports.fault(error));
  }

  #apply(entry: Entry, outcome: ReportOutcome): void {
    switch (outcome.kind) {
      case 'taken':
        this.#state.available();
        this.#end(entry, 'taken', '');
        break;
      case 'unwanted':
        this.#end(entry, 'unwanted', outcome.reason);
        break;
      case 'aborted':
        this.#retryLater(entry, 0);
        break;
      case 'refused':
        this.#state.available();
        entry.refusals += 1;
        this.#failed(entry, outcome.reason);
        break;
      case 'unavailable':
        this.#state.unavailable(outcome.after ?? 0);
        this.#failed(entry, outcome.reason, outcome.after);
    }
  }

  #failed(entry: Entry, reason: string, after = 0): void {
    if (entry.isLast) this.#end(entry, 'givenUp', reason);
    else if (entry.refusals === SPLIT_AFTER && entry.lanes.length > 1) this.#split(entry);
    else this.#retryLater(entry, Math.max(after, backoffDelay(entry.tries, RETRY, this.#ports.random())));
  }

  #retryLater(entry: Entry, ms: number): void {
    entry.rest = this.#ports.clock.setTimeout(() => {
      this.#ready(entry);
      this.#pump();
    }, ms);
  }

  #end(entry: Entry, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void {
    this.#leave(entry);
    this.#ports.ended(entry.sending, how, reason);
  }

  /** Removes a report and lets those behind it move up. */
  #leave(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#ports.clock.clearTimeout(entry.lifetime);
    this.#ports.clock.clearTimeout(entry.rest);
    this.#unready(entry);
    this.#lanes.leave(entry, (next) => this.#ready(next));
  }

  /** Replaces a report by one for each of its channels, at the same places. */
  #split(entry: Entry): void {
    this.#occupy(entry, this.#ports.split(entry.sending), (parts) => {
      if (parts === undefined) {
        this.#retryLater(entry, RETRY.cap);
      } else {
        for (const report of parts) this.#replace(entry, report);
        this.#leave(entry);
      }
    });
  }

  #replace(whole: Entry, report: StoredReport): void {
    const { clock, lifetime } = this.#ports;
    const age = whole.isLast ? lifetime : whole.sending.age + Math.max(0, clock.monotonic() - whole.enteredAt);
    const part = this.#enter({ report, body: undefined, age }, whole.outage);
    this.#lanes.joinBehind(whole, part);
  }
}
