// Durable jobs that are due at a time: the only timers that outlive a restart. A job is run by the node that owns it; after a
// crash it may be run again, so a handler must bear that.
import type { JsonObject } from '../../shared/object.ts';
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
}

/** A job that is due. */
export interface DueJob<P extends JsonObject> extends Job<P> {
  /** Whether it is later than `schedule.grace`, because no relay was running. */
  readonly isMissed: boolean;
}

/** What a job becomes after it was run: the next time, or nothing. */
export type NextJob<P extends JsonObject> = Pick<Job<P>, 'dueAt' | 'payload'> | undefined;

/** A job with its version, for changes. */
export type StoredJob<P extends JsonObject> = Job<P> & { readonly version: number };

/** The jobs of a relay. Promises resolve when the change is durable. */
export interface Schedule {
  /**
   * Says how jobs of a kind are run. Call it before `start`. If the handler rejects, the job is run again later.
   */
  register<P extends JsonObject>(kind: string, run: (job: DueJob<P>) => Promise<NextJob<P>>): void;
  /**
   * Adds or replaces a job.
   * @param seen the version that the caller knows; 0 if there must be none yet. By default it always wins
   * @throws RelayError `too_many` for a new job beyond `schedule.maxJobs`
   */
  put<P extends JsonObject>(job: Job<P>, seen?: number): Promise<number | 'conflict'>;
  cancel(id: string, seen?: number): Promise<'removed' | 'absent' | 'conflict'>;
  get<P extends JsonObject>(id: string): Promise<StoredJob<P> | undefined>;
  /** Jobs of a kind, the next one first. */
  list<P extends JsonObject>(
    kind: string,
    bounds: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<{ readonly jobs: readonly StoredJob<P>[]; readonly cursor: string | undefined }>;
  start(): void;
  /** Starts no further job, and resolves when those under way are over. */
  close(): Promise<void>;
}

/** The section `schedule` of the config. Times in ms. */
export interface ScheduleConfig {
  readonly grace: number;
  readonly maxJobs: number;
}

/** What the schedule needs. */
export interface SchedulePorts {
  readonly documents: Documents;
  readonly ownership: Pick<Ownership, 'owns' | 'mayBegin' | 'onGained' | 'onResumed'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
  readonly config: ScheduleConfig;
}

interface JobRecord extends JsonObject {
  readonly kind: string;
  readonly payload: JsonObject;
  readonly dueAt: number;
}

const DUE = 'due';
const PAGE = 100;
/** The longest sleep in ms, because somebody may set the clock forward. */
const MAX_SLEEP = 30_000;
/** The rest in ms before a job that failed is run again. */
const AGAIN = 5000;

/** Makes the schedule of one relay. Nothing is run before `start`. */
export function createSchedule({ documents, ownership, clock, logger, config }: SchedulePorts): Schedule {
  const collection = documents.collection<JobRecord>('jobs');
  const handlers = new Map<string, (job: DueJob<JsonObject>) => Promise<NextJob<JsonObject>>>();
  let timer: Timer;
  /** The pass through the due jobs that is under way. */
  let pass: Promise<void> | undefined;
  let wantsPass = false;
  let isOpen = false;

  const listOf = (kind: string) => `kind-${kind}`;

  function place({ kind, dueAt }: Pick<Job<JsonObject>, 'kind' | 'dueAt'>) {
    return { [DUE]: dueAt, [listOf(kind)]: dueAt };
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
    pass = runDue()
      .catch((error: unknown) => {
        logger.error({ err: error }, 'due jobs could not be read; they are read again');
        sleep(AGAIN);
      })
      .finally(() => {
        pass = undefined;
        if (!wantsPass) return;
        wantsPass = false;
        look();
      });
  }

  /** Runs what is due on this node, and sleeps until the next job. */
  async function runDue(): Promise<void> {
    let failed = false;
    const now = clock.now();
    for (let after: string | undefined, more = true; more && isOpen; ) {
      const page = await collection.list(DUE, { upTo: now, limit: PAGE, ...(after === undefined ? {} : { after }) });
      const own = page.documents.filter(({ id }) => ownership.mayBegin() && ownership.owns(`job/${id}`));
      const results = await Promise.all(own.map(run));
      failed ||= results.includes(false);
      after = page.cursor;
      more = after !== undefined;
    }
    const [next] = (await collection.list(DUE, { from: now + 1, limit: 1 })).documents;
    sleep(Math.min(failed ? AGAIN : MAX_SLEEP, next === undefined ? MAX_SLEEP : next.place - clock.now()));
  }

  /** Runs one job. Resolves to false if it has to be run again. */
  async function run(found: StoredDocument<JobRecord>): Promise<boolean> {
    const { id, version } = found;
    const { kind, payload, dueAt } = found.value;
    const handler = handlers.get(kind);
    if (handler === undefined || !isOpen) return true;
    try {
      const isMissed = clock.now() - dueAt > config.grace;
      const next = await handler({ id, kind, dueAt, payload, isMissed });
      // A conflict means that somebody changed or cancelled it meanwhile, which wins.
      if (next === undefined) await collection.remove(id, version);
      else await collection.put(id, { kind, ...next }, { seen: version, lists: place({ kind, ...next }) });
      return true;
    } catch (error) {
      logger.error({ err: error, job: id }, 'a job failed; it is run again');
      return false;
    }
  }

  function jobOf({ id, value, version }: StoredDocument<JobRecord>): StoredJob<never> {
    return { id, ...value, payload: value.payload as never, version };
  }

  return {
    register(kind, handler) {
      handlers.set(kind, handler as never);
    },
    async put(job, seen) {
      const { id, kind, dueAt, payload } = job;
      if ((await collection.count(DUE)) >= config.maxJobs && (await collection.get(id)) === undefined) {
        throw new RelayError('too_many', `${config.maxJobs} jobs are waiting (schedule.maxJobs); cancel some first`);
      }
      const options = { lists: place(job), ...(seen === undefined ? {} : { seen }) };
      const put = await collection.put(id, { kind, payload, dueAt }, options);
      look();
      return put;
    },
    cancel: (id, seen) => collection.remove(id, seen),
    async get(id) {
      const found = await collection.get(id);
      return found && jobOf(found);
    },
    async list(kind, { after, limit }) {
      const page = await collection.list(listOf(kind), { limit, ...(after === undefined ? {} : { after }) });
      return { jobs: page.documents.map(jobOf), cursor: page.cursor };
    },
    start() {
      isOpen = true;
      collection.onChange(look);
      collection.onMissed(look);
      ownership.onResumed(look);
      ownership.onGained(async () => look());
      look();
    },
    async close() {
      isOpen = false;
      clock.clearTimeout(timer);
      await pass;
    },
  };
}
