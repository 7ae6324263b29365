// Durable jobs that are due at a time: the only timers that outlive a restart. A job is run by the node that owns it; after a
// crash it may be run again, so a handler must bear that.
import type { JsonObject } from '../../shared/object.ts';
import type { Boot } from '../base/boot.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Ownership } from '../delivery/ports.ts';
import type { Documents, StoredDocument } from './documents.ts';

/** A job. `dueAt` is in ms since 1970. */
export interface Job<P extends JsonObject> {
  /** Unique among all kinds. */
  readonly id: string;
  readonly kind: string;
  readonly dueAt: number;
  readonly payload: P;
  /**
   * Whether the job is due after a time that passes, such as "in 30 minutes", and not at a time of day. Then it does not matter
   * that someone sets the clock.
   */
  readonly elapses?: boolean | undefined;
  /** The name that `list` can ask for. */
  readonly target?: string | undefined;
  /** Whose job it is. Absent for those of the owner and of the relay, which `schedule.maxJobsPerSender` does not bound. */
  readonly sender?: string | undefined;
}

/** A job that is due. */
export interface DueJob<P extends JsonObject> extends Job<P> {
  /** How late it is, in ms. */
  readonly late: number;
  /** Whether that is more than `schedule.grace`, because no relay was running. */
  readonly isMissed: boolean;
}

/** What a job becomes after it was run: the next time, or nothing. */
export type NextJob<P extends JsonObject> = Pick<Job<P>, 'dueAt' | 'payload' | 'elapses'> | undefined;

/** A job with its version, for changes. */
export type StoredJob<P extends JsonObject> = Job<P> & { readonly version: number };

/** The jobs of a relay. Promises resolve when the change is durable. */
export interface Schedule {
  /**
   * Says how jobs of a kind are run. Call it before `start`. If the handler rejects, the job is run again, with growing rests.
   * A handler that takes long holds up no other job.
   * @param deviceOf the device to which a job of that id belongs: the node that owns the device runs it. By default any node
   */
  register<P extends JsonObject>(
    kind: string,
    run: (job: DueJob<P>) => Promise<NextJob<P>>,
    deviceOf?: (id: string) => string,
  ): void;
  /**
   * Adds or replaces a job.
   * @param seen the version that the caller knows; 0 if there must be none yet. By default it always wins
   * @throws RelayError `too_many` for a new job beyond `schedule.maxJobs`, or `schedule.maxJobsPerSender` of its sender
   */
  put<P extends JsonObject>(job: Job<P>, seen?: number): Promise<number | 'conflict'>;
  cancel(id: string, seen?: number): Promise<'removed' | 'absent' | 'conflict'>;
  get<P extends JsonObject>(id: string): Promise<StoredJob<P> | undefined>;
  /** Jobs of a kind, the next one first. @param bounds `target`: only those of this one */
  list<P extends JsonObject>(
    kind: string,
    bounds: { readonly after?: string | undefined; readonly limit: number; readonly target?: string | undefined },
  ): Promise<{ readonly jobs: readonly StoredJob<P>[]; readonly cursor: string | undefined }>;
  start(): void;
  /** Starts no further job, and resolves when those under way are over. */
  close(): Promise<void>;
}

/** The section `schedule` of the config. Times in ms. */
export interface ScheduleConfig {
  readonly grace: number;
  readonly maxJobs: number;
  readonly maxJobsPerSender: number;
}

/** What the schedule needs. */
export interface SchedulePorts {
  readonly documents: Documents;
  readonly ownership: Pick<Ownership, 'owns' | 'mayBegin' | 'onGained' | 'onResumed'>;
  readonly clock: Clock;
  /**
   * The time since the machine was started, which no one can set. Undefined where nodes share the jobs, and the clock is theirs.
   */
  readonly boot?: Boot | undefined;
  readonly logger: Pick<Logger, 'error'>;
  readonly config: ScheduleConfig;
}

interface JobRecord extends JsonObject {
  readonly kind: string;
  readonly payload: JsonObject;
  readonly dueAt: number;
  /** The start of the machine in whose list of elapsing jobs it stands. */
  readonly boot?: string;
  readonly target?: string;
  readonly sender?: string;
}

type Found = StoredDocument<JobRecord> & { readonly place: number };

const DUE = 'due';
const PAGE = 100;
/** The most jobs that a node runs at once. */
const AT_ONCE = 100;
/** The longest sleep in ms, because someone may set the clock forward. */
const MAX_SLEEP = 30_000;
/** The rest in ms before a job that failed is run again. It doubles up to the longest. */
const REST = 5000;
const LONGEST_REST = 600_000;

/** Makes the schedule of one relay. Nothing is run before `start`. */
export function createSchedule({ documents, ownership, clock, boot, logger, config }: SchedulePorts): Schedule {
  const collection = documents.collection<JobRecord>('jobs');
  const handlers = new Map<string, (job: DueJob<JsonObject>) => Promise<NextJob<JsonObject>>>();
  /** What a job belongs to, by kind. */
  const places = new Map<string, (id: string) => string>();
  const running = new Map<string, Promise<void>>();
  /** Jobs that failed: how often, and the reading of the monotonic clock from which on they are run again. */
  const resting = new Map<string, { readonly failures: number; readonly until: number }>();
  let timer: Timer;
  /** The pass through the due jobs that is under way. */
  let pass: Promise<void> | undefined;
  let wantsPass = false;
  let isOpen = false;

  const listOf = (kind: string, target?: string) => `kind-${kind}${target === undefined ? '' : `/target-${target}`}`;
  const senderList = (sender: string) => `sender-${sender}`;
  /** Jobs of this start of the machine that elapse, by its running time at which they are due. */
  const elapsing =
    boot === undefined || boot.id === '' ? undefined : { list: `boot-${boot.id}`, running: boot.running };

  function store(id: string, job: Omit<Job<JsonObject>, 'id'>, seen?: number): Promise<number | 'conflict'> {
    const { kind, dueAt, payload, elapses = false, target, sender } = job;
    const own = { ...(target === undefined ? {} : { target }), ...(sender === undefined ? {} : { sender }) };
    const record = { kind, payload, dueAt, ...own };
    const lists = {
      [DUE]: dueAt,
      [listOf(kind)]: dueAt,
      ...(target === undefined ? {} : { [listOf(kind, target)]: dueAt }),
      ...(sender === undefined ? {} : { [senderList(sender)]: dueAt }),
    };
    const known = seen === undefined ? {} : { seen };
    if (!elapses || elapsing === undefined) return collection.put(id, record, { lists, ...known });
    const due = Math.round(elapsing.running() + dueAt - clock.now());
    const places = { ...lists, [elapsing.list]: due };
    return collection.put(id, { ...record, boot: boot?.id ?? '' }, { lists: places, ...known });
  }

  function sleep(ms: number): void {
    clock.clearTimeout(timer);
    if (isOpen) timer = clock.setTimeout(look, Math.max(0, Math.min(ms, MAX_SLEEP)));
  }

  /** Looks for due jobs, or does so again after the pass that is under way. */
  function look(): void {
    if (!isOpen) return;
    if (pass !== undefined) {
      wantsPass = true;
      return;
    }
    pass = findDue()
      .then(sleep, (error: unknown) => {
        logger.error({ err: error }, 'due jobs could not be read; they are read again');
        sleep(REST);
      })
      .finally(() => {
        pass = undefined;
        if (!wantsPass) return;
        wantsPass = false;
        look();
      });
  }

  /** Begins what is due on this node. Resolves to the ms until the next job. */
  async function findDue(): Promise<number> {
    const byTime = await beginDue(DUE, clock.now(), ({ value }) => elapsing === undefined || value.boot !== boot?.id);
    const byElapsing = elapsing && (await beginDue(elapsing.list, elapsing.running(), () => true));
    return Math.min(byTime, byElapsing ?? MAX_SLEEP);
  }

  async function beginDue(list: string, now: number, isMeant: (found: Found) => boolean): Promise<number> {
    let sleepFor = MAX_SLEEP;
    for (let after: string | undefined, more = true; more && isOpen; ) {
      const page = await collection.list(list, { upTo: now, limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const found of page.documents) {
        // A later version of the relay may have kinds that this one does not know.
        if (running.has(found.id) || !handlers.has(found.value.kind) || !isMeant(found)) continue;
        const rest = (resting.get(found.id)?.until ?? 0) - clock.monotonic();
        if (rest > 0) sleepFor = Math.min(sleepFor, rest);
        // The end of each job is a reason to look again.
        else if (running.size >= AT_ONCE) return sleepFor;
        else if (isOpen && ownership.mayBegin() && isOwn(found)) begin(found, now - found.place);
      }
      after = page.cursor;
      more = after !== undefined;
    }
    const [next] = (await collection.list(list, { from: now + 1, limit: 1 })).documents;
    return next === undefined ? sleepFor : Math.min(sleepFor, next.place - now);
  }

  function isOwn({ id, value }: Found): boolean {
    return ownership.owns(places.get(value.kind)?.(id) ?? `job/${id}`);
  }

  function begin(found: Found, late: number): void {
    const ended = run(found, late)
      .then(
        () => void resting.delete(found.id),
        (error: unknown) => {
          const failures = (resting.get(found.id)?.failures ?? 0) + 1;
          const ms = Math.min(REST * 2 ** (failures - 1), LONGEST_REST);
          resting.set(found.id, { failures, until: clock.monotonic() + ms });
          logger.error({ err: error, job: found.id, failures, ms }, 'a job failed; it is run again');
        },
      )
      .finally(() => {
        running.delete(found.id);
        look();
      });
    running.set(found.id, ended);
  }

  async function run({ id, version, value }: Found, late: number): Promise<void> {
    const { kind, payload, dueAt, target, sender } = value;
    const handler = handlers.get(kind);
    // The page may be older than the end of the run before.
    if (handler === undefined || (await collection.get(id))?.version !== version) return;
    const next = await handler({ id, kind, dueAt, payload, late, isMissed: late > config.grace });
    // A conflict means that someone changed or cancelled it meanwhile, which wins.
    if (next === undefined) await collection.remove(id, version);
    else await store(id, { kind, target, sender, ...next }, version);
  }

  function jobOf({ id, value, version }: StoredDocument<JobRecord>): StoredJob<never> {
    const { kind, dueAt, payload, boot: since, target, sender } = value;
    const job = { id, kind, dueAt, payload: payload as never, target, sender, version };
    return since === undefined ? job : { ...job, elapses: true };
  }

  /** Why there is no room for a new job; undefined if there is. */
  async function bound(sender: string | undefined): Promise<RelayError | undefined> {
    const [all, own] = await Promise.all([
      collection.count(DUE),
      sender === undefined ? 0 : collection.count(senderList(sender)),
    ]);
    const { maxJobs, maxJobsPerSender } = config;
    if (all >= maxJobs) {
      return new RelayError('too_many', `${maxJobs} jobs are waiting (schedule.maxJobs); cancel some first`);
    }
    if (own < maxJobsPerSender) return undefined;
    const text = `${maxJobsPerSender} of your messages are waiting (schedule.maxJobsPerSender); cancel some first`;
    return new RelayError('too_many', text);
  }

  return {
    register(kind, handler, deviceOf) {
      handlers.set(kind, handler as never);
      if (deviceOf !== undefined) places.set(kind, deviceOf);
    },
    async put({ id, ...job }, seen) {
      const refusal = await bound(job.sender);
      if (refusal !== undefined && (await collection.get(id)) === undefined) throw refusal;
      return store(id, job, seen);
    },
    cancel: (id, seen) => collection.remove(id, seen),
    async get(id) {
      const found = await collection.get(id);
      return found && jobOf(found);
    },
    async list(kind, { after, limit, target }) {
      const page = await collection.list(listOf(kind, target), { limit, ...(after === undefined ? {} : { after }) });
      return { jobs: page.documents.map(jobOf), cursor: page.cursor };
    },
    start() {
      isOpen = true;
      collection.onChange((id) => {
        resting.delete(id);
        look();
      });
      collection.onMissed(look);
      ownership.onResumed(look);
      ownership.onGained(async () => look());
      look();
    },
    async close() {
      isOpen = false;
      clock.clearTimeout(timer);
      await pass;
      await Promise.all(running.values());
    },
  };
}
