// The reports that wait for one address: which goes next, how many are under way, when one is tried again.
// Not here: how a report is stored (queues.ts) and what a request looks like (request.ts).

import { backoffDelay } from '../../shared/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { StoredReport } from './report-store.ts';

/** What became of one attempt. */
export type ReportOutcome =
  /** The app's server has it. */
  | { readonly kind: 'taken' }
  /** The server refuses this report, for now. Others may pass. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The server cannot be reached or asks for a rest of `after` ms. That concerns every report. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly after?: number | undefined }
  /** No hook wants it any more. */
  | { readonly kind: 'unwanted'; readonly reason: string }
  /** The relay itself ended the attempt. */
  | { readonly kind: 'aborted' };

/** One report on its way. */
export interface Sending {
  readonly report: StoredReport;
  /** The body, unless too many are in memory. */
  readonly body: string | undefined;
  /** How much of its lifetime is over, in ms. */
  readonly age: number;
}

/** What a queue asks of its owner. No call throws or rejects. */
export interface AddressQueuePorts {
  readonly clock: Clock;
  /** Most requests under way at once. */
  readonly concurrency: number;
  /** How long a report is tried, in ms. */
  readonly lifetime: number;
  /** A number in [0, 1). */
  random(): number;
  /** @param tries how many attempts there were, with this one */
  attempt(sending: Sending, tries: number): Promise<ReportOutcome>;
  /** The report is through, or not wanted, or given up. */
  ended(sending: Sending, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void;
  /** Replaces a report by one for each of its channels; undefined when that cannot be done. */
  split(sending: Sending): Promise<readonly StoredReport[] | undefined>;
  /** A bug of the relay, to be logged. */
  fault(error: unknown): void;
}

interface Entry {
  readonly sending: Sending;
  readonly lanes: readonly string[];
  /** In how many of its lanes another report is before it. */
  blockers: number;
  tries: number;
  /** How often the server refused it, without being unavailable. */
  refusals: number;
  underWay: boolean;
  /** Its lifetime is over: the next attempt is the last one. */
  isLast: boolean;
  /** The outage in which it was accepted, if there was one. */
  readonly outage: number | undefined;
  readonly enteredAt: number;
  readonly lifetime: Timer;
  rest: Timer;
}

/** Waits between attempts in ms; the first is spread as well, since an outage fails many at once. */
const RETRY = { base: 1_000, cap: 60_000, steady: 0 };
/** Longest wait in ms between two attempts to find out whether an address is back, unless it asks for more. */
const PROBE_CAP = 5_000;
/** After so many refusals a report of several channels is split, so that one of them cannot hold up the others. */
const SPLIT_AFTER = 3;

/**
 * Each channel is a lane: its reports go out one after the other. Lanes do not wait for each other. A report of several
 * channels waits until it is first in all of their lanes.
 */
export class AddressQueue {
  readonly #ports: AddressQueuePorts;
  readonly #entries = new Set<Entry>();
  /** First in, first out, by app and channel. */
  readonly #lanes = new Map<string, Set<Entry>>();
  /** What may be tried now: never tried, tried before, and for the last time. */
  readonly #fresh = new Set<Entry>();
  readonly #again = new Set<Entry>();
  readonly #last = new Set<Entry>();
  #underWay = 0;
  /** Attempts in a row that found the address unavailable. Above 0, one request at a time finds out whether it is back. */
  #failures = 0;
  /** Counts the outages, to tell one from the next. */
  #outage = 0;
  /** Armed while the address rests, and whether the address itself has asked for that. */
  #rest: Timer;
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

  /** Takes a report that is durable. */
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

  /** Drops the reports of an app and returns them. One that is under way ends as it may. */
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

  /** Its lifetime is over. */
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
      // The address was down all its life, as others have found out.
      if (next.isLast && next.outage === this.#outage && this.#failures > 0) {
        this.#end(next, 'givenUp', 'the address could not be reached in its lifetime');
      } else {
        this.#try(next);
      }
    }
  }

  #next(): Entry | undefined {
    const [last] = this.#last;
    // No rest prolongs a lifetime.
    if (last !== undefined || this.#isRestAsked) return last;
    const [fresh] = this.#fresh;
    // A report that was never tried does not wait: what failed before it may be the cause.
    if (this.#rest !== undefined) return fresh;
    const [again] = this.#again;
    // What failed before may be the cause of an outage, so that a new report finds out first whether it is over.
    if (this.#failures > 0) return fresh ?? again;
    this.#prefersFresh = !this.#prefersFresh;
    return this.#prefersFresh ? (fresh ?? again) : (again ?? fresh);
  }

  #try(entry: Entry): void {
    entry.tries += 1;
    this.#occupy(entry, this.#ports.attempt(entry.sending, entry.tries), (outcome) => this.#apply(entry, outcome));
  }

  /** Counts work as a request under way, and goes on with the queue when it is done. */
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
        this.#restOne(entry, 0);
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
    // A rest that the address asked for is not cut short by a last attempt.
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
    else this.#restOne(entry, Math.max(after, backoffDelay(entry.tries, RETRY, this.#ports.random())));
  }

  #restOne(entry: Entry, ms: number): void {
    entry.rest = this.#ports.clock.setTimeout(() => {
      this.#ready(entry);
      this.#pump();
    }, ms);
  }

  #end(entry: Entry, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void {
    this.#leave(entry);
    this.#ports.ended(entry.sending, how, reason);
  }

  /** Takes a report out and lets those behind it move up. */
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
    // Only the first one of a lane blocks the next; one in the middle never counted.
    if (first !== entry) return;
    const [next] = lane ?? [];
    if (next === undefined) return;
    next.blockers -= 1;
    if (next.blockers === 0) this.#ready(next);
  }

  /** Puts one report for each channel into its place. */
  #split(entry: Entry): void {
    this.#occupy(entry, this.#ports.split(entry.sending), (parts) => {
      if (parts === undefined) {
        this.#restOne(entry, RETRY.cap);
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
      // Behind the whole one, which leaves in the same turn, and before all others.
      const rest = [...(this.#lanes.get(key) ?? [])].slice(1);
      this.#lanes.set(key, new Set([whole, part, ...rest]));
      part.blockers += 1;
    }
  }
}
