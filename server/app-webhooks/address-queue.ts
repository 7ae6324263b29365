// The reports that wait for one address: which goes next, how many are under way, when a failed one is tried again.
// Not here: how a report is stored (queues.ts) and what a request looks like (request.ts).

import { backoffDelay } from '../../shared/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
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
  /** @param tries the number of attempts, including this one */
  attempt(sending: Sending, tries: number): Promise<ReportOutcome>;
  /** The report has left the queue: it was accepted, is no longer wanted, or is given up. */
  ended(sending: Sending, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void;
  /** Replaces a report by one for each of its channels; undefined if that fails. */
  split(sending: Sending): Promise<readonly StoredReport[] | undefined>;
  /** Logs an error that is a bug in the relay. */
  fault(error: unknown): void;
}

interface Entry {
  readonly sending: Sending;
  readonly lanes: readonly string[];
  /** In how many of its lanes another report is ahead of it. */
  blockers: number;
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

/** Waits between attempts in ms. Even the first one is random, because an outage makes many reports fail at once. */
const RETRY = { base: 1_000, cap: 60_000, steady: 0 };
/** Longest wait in ms between two probes of an address that is down, unless it asks for a longer pause. */
const PROBE_CAP = 5_000;
/** After this many refusals, a report of several channels is split, so that one channel cannot hold up the others. */
const SPLIT_AFTER = 3;

/**
 * Each channel is a lane: its reports go out one after the other. Lanes do not wait for each other. A report of several
 * channels waits until it is first in all of their lanes.
 */
export class AddressQueue {
  readonly #ports: AddressQueuePorts;
  readonly #entries = new Set<Entry>();
  /** The reports of each lane in their order, by app and channel. */
  readonly #lanes = new Map<string, Set<Entry>>();
  /** Reports that may be tried now: those never tried, those tried before, and those with one attempt left. */
  readonly #fresh = new Set<Entry>();
  readonly #again = new Set<Entry>();
  readonly #last = new Set<Entry>();
  #underWay = 0;
  /** Attempts in a row that found the address unavailable. Above 0, only one request at a time probes the address. */
  #failures = 0;
  /** Counts the outages, to tell one from the next. */
  #outage = 0;
  /** Armed during a pause, which begins when the address is found unavailable. */
  #rest: Timer;
  /** Whether the address itself asked for the pause. */
  #isRestAsked = false;
  #prefersFresh = true;
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(ports: AddressQueuePorts) {
    this.#ports = ports;
  }

  /** How many reports wait or are under way. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a report that is already durable. */
  add(sending: Sending): void {
    const entry = this.#enter(sending, this.#failures > 0 ? this.#outage : undefined);
    for (const key of entry.lanes) {
      const lane = this.#lanes.get(key);
      if (lane === undefined) {
        this.#lanes.set(key, new Set([entry]));
      } else {
        lane.add(entry);
        entry.blockers += 1;
      }
    }
    if (entry.blockers === 0) this.#ready(entry);
    this.#pump();
  }

  /** Drops the reports of an app and returns them. The outcome of an attempt under way no longer matters. */
  forget(app: string): Sending[] {
    const dropped = [...this.#entries].filter(({ sending }) => sending.report.app === app);
    for (const entry of dropped) this.#leave(entry);
    this.#pump();
    return dropped.map(({ sending }) => sending);
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
    this.#ports.clock.clearTimeout(this.#rest);
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
    while (!this.#stopped && this.#underWay < (this.#failures > 0 ? 1 : this.#ports.concurrency)) {
      const next = this.#next();
      if (next === undefined) return;
      this.#unready(next);
      // The address was down for the whole lifetime of this report: the attempts of other reports have shown it.
      if (next.isLast && next.outage === this.#outage && this.#failures > 0) {
        this.#end(next, 'givenUp', 'the address could not be reached in its lifetime');
      } else {
        this.#try(next);
      }
    }
  }

  #next(): Entry | undefined {
    const [last] = this.#last;
    // A last attempt goes out even during a pause, so that no pause extends a lifetime.
    if (last !== undefined || this.#isRestAsked) return last;
    const [fresh] = this.#fresh;
    // During a pause only new reports go out: the reports that failed before may be the cause of the failures.
    if (this.#rest !== undefined) return fresh;
    const [again] = this.#again;
    // For the same reason, new reports go first as long as the outage lasts.
    if (this.#failures > 0) return fresh ?? again;
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
        this.#available();
        this.#end(entry, 'taken', '');
        break;
      case 'unwanted':
        this.#end(entry, 'unwanted', outcome.reason);
        break;
      case 'aborted':
        this.#retryLater(entry, 0);
        break;
      case 'refused':
        this.#available();
        entry.refusals += 1;
        this.#failed(entry, outcome.reason);
        break;
      case 'unavailable':
        this.#unavailable(outcome.after);
        this.#failed(entry, outcome.reason, outcome.after);
    }
  }

  #available(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#ports.clock.clearTimeout(this.#rest);
    this.#endRest();
  }

  #endRest(): void {
    this.#rest = undefined;
    this.#isRestAsked = false;
  }

  #unavailable(after = 0): void {
    if (this.#failures === 0) this.#outage += 1;
    this.#failures += 1;
    // A last attempt that fails does not shorten a pause that the address asked for.
    if (this.#isRestAsked && after === 0) return;
    const { clock, random } = this.#ports;
    const wait = Math.max(after, Math.min(PROBE_CAP, backoffDelay(this.#failures, RETRY, random())));
    clock.clearTimeout(this.#rest);
    this.#isRestAsked ||= after > 0;
    this.#rest = clock.setTimeout(() => {
      this.#endRest();
      this.#pump();
    }, wait);
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
    for (const key of entry.lanes) this.#leaveLane(key, entry);
  }

  #leaveLane(key: string, entry: Entry): void {
    const lane = this.#lanes.get(key);
    const [first] = lane ?? [];
    lane?.delete(entry);
    if (lane?.size === 0) this.#lanes.delete(key);
    // Every report but the first counts one blocker per lane, so only the departure of the first frees the next.
    if (first !== entry) return;
    const [next] = lane ?? [];
    if (next === undefined) return;
    next.blockers -= 1;
    if (next.blockers === 0) this.#ready(next);
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
    for (const key of part.lanes) {
      // The part goes behind the whole report, which leaves in the same turn, and ahead of all others.
      const rest = [...(this.#lanes.get(key) ?? [])].slice(1);
      this.#lanes.set(key, new Set([whole, part, ...rest]));
      part.blockers += 1;
    }
  }
}
