// Messages that are due later: once, or again and again. A group is resolved when the message is due.
import type { ScheduledMessage } from '../../shared/api.ts';
import { readContent, type WireBody, writeContent } from '../../shared/content.ts';
import type { MessageSource, SendType } from '../../shared/message.ts';
import { senderOf } from '../access/principal.ts';
import type { Clock } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import type { Draft } from '../delivery/message.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { Reply } from '../delivery/send.ts';
import { nextDue } from './cron.ts';
import type { PublishDue } from './emergency.ts';
import type { EmergencyOptions } from './emergency-options.ts';
import type { SendOptions, Timing } from './options.ts';
import type { Job, Schedule } from './schedule.ts';
import { ownTimeZone } from './when.ts';

/** What to change of a scheduled message. What is absent stays. */
export interface ScheduleChange {
  readonly message?: Partial<WireBody>;
  readonly timing?: Timing;
  readonly ring?: 'auto' | 'always' | 'never';
  readonly ttl?: number;
}

/** A page of scheduled messages, the next one first. */
export interface ScheduledPage {
  readonly scheduled: readonly ScheduledMessage[];
  readonly cursor: string | undefined;
}

/** The scheduled messages of a relay. Promises resolve when the change is durable. */
export interface Timed {
  /**
   * Schedules a draft. One with the name of an earlier one of the same sender replaces it; the owner replaces any.
   * @param sender identifies the credential, as `senderOf` writes it
   * @throws RelayError `too_many` when `schedule.maxJobs` are waiting, `conflict` for a name that another sender uses
   */
  schedule(draft: Draft, timing: Timing, options: SendOptions, sender: string): Promise<ScheduledMessage>;
  get(id: string): Promise<ScheduledMessage | undefined>;
  /** @param bounds `target`: only those that are addressed to a device or group of that name */
  list(bounds: { readonly after?: string; readonly limit: number; readonly target?: string }): Promise<ScheduledPage>;
  /** Changes one that waits. @throws RelayError `not_found` */
  change(id: string, change: ScheduleChange): Promise<ScheduledMessage>;
  /** Whether there was one. */
  cancel(id: string): Promise<boolean>;
  /** Cancels those of a key that are addressed to a device or group of that name. Resolves to their ids. */
  cancelKey(target: string, key: string): Promise<string[]>;
  /** Leaves out the next time of a recurring one. @throws RelayError `not_found`, or `invalid` if it is due only once */
  skip(id: string): Promise<ScheduledMessage>;
  /** Sends it now. A recurring one stays as it is. @throws RelayError `not_found` */
  run(id: string): Promise<Reply>;
}

/** What is stored of a scheduled message. */
interface TimedPayload {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  /** The credential that scheduled it: only that one and the owner's may use its name again. */
  readonly sender: string;
  readonly message: WireBody;
  /** The number of the acceptance, so that the message is stored once, whatever fails when it is due. */
  readonly number: string;
  readonly cron?: string;
  readonly tz?: string;
  readonly ring?: 'always' | 'never';
  readonly quiet?: 'break';
  readonly ttl?: number;
  readonly feed?: boolean;
  readonly byName?: boolean;
  readonly emergency?: EmergencyOptions;
  readonly [field: string]: unknown;
}

type TimedJob = Job<TimedPayload>;

/** What {@link createTimed} needs. */
export interface TimedPorts {
  readonly schedule: Schedule;
  readonly log: Pick<MessageLog, 'stamp'>;
  readonly messageIds: Pick<MessageIds, 'idOf'>;
  readonly publishDue: PublishDue;
  readonly clock: Pick<Clock, 'now'>;
}

const KIND = 'message';
/** Jobs of several kinds share the schedule. */
const PREFIX = 'message:';
const OWNER = senderOf({ kind: 'owner', name: '' });
/** How late in ms a message may be before it says so. */
const LATE = 60_000;
const PAGE = 200;

function viewOf({ id, dueAt, payload }: Pick<TimedJob, 'id' | 'dueAt' | 'payload'>): ScheduledMessage {
  const { sendType, target, from, message, cron, tz, ring, ttl } = payload;
  return {
    id: id.slice(PREFIX.length),
    sendType,
    target,
    from: from.name,
    message,
    dueAt,
    ...(cron === undefined ? {} : { cron }),
    ...(tz === undefined ? {} : { tz }),
    ...(ring === undefined ? {} : { ring }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

/** The content on the wire, with the time at which it was due if it is late. */
function messageOf({ message }: TimedPayload, late: number | undefined): WireBody {
  return late === undefined ? message : { ...message, extra: { ...message.extra, late: Math.floor(late / 1000) } };
}

/** The message with what is changed of it. @throws RelayError `invalid` if nothing is left to show */
function changed(before: WireBody, change: Partial<WireBody> | undefined): WireBody {
  const after = { ...before, ...change };
  const { key, state } = readContent(after);
  if (after.text.trim() === '' && after.desp.trim() === '' && (key === undefined || state === undefined)) {
    throw new RelayError('invalid', 'expected a text in text or desp');
  }
  return after;
}

/** Makes the scheduled messages of one relay. */
export function createTimed({ schedule, log, messageIds, publishDue, clock }: TimedPorts): Timed {
  /** @param late when it was due, if it is late */
  function send(payload: TimedPayload, late?: number): Promise<Reply> {
    const { sendType, target, from, sender, number, ring, quiet, ttl, feed, byName, emergency } = payload;
    const content = readContent(messageOf(payload, late));
    const draft: Draft = { sendType, target, from, number, content, feed, byName };
    return publishDue(draft, 0, { ring, quiet, ttl, ...(emergency === undefined ? {} : { emergency }) }, sender);
  }

  async function nextNumber(payload: TimedPayload): Promise<string> {
    const { sendType, target, from, message } = payload;
    return (await log.stamp({ sendType, target, from, content: readContent(message) })).mid;
  }

  /** The next occurrence of a recurring message after a time. */
  async function following(
    payload: TimedPayload,
    after: number,
  ): Promise<Pick<TimedJob, 'dueAt' | 'payload'> | undefined> {
    const { cron, tz = ownTimeZone() } = payload;
    const dueAt = cron === undefined ? undefined : nextDue(cron, tz, after);
    if (dueAt === undefined) return undefined;
    return { dueAt, payload: { ...payload, number: await nextNumber(payload) } };
  }

  schedule.register<TimedPayload>(KIND, async ({ dueAt, payload, late, isMissed }) => {
    const now = clock.now();
    // A recurring message that is too late is left out: the next one is nearer.
    if (!isMissed || payload.cron === undefined) await send(payload, late > LATE ? dueAt : undefined);
    // Nothing runs twice if the clock was set back, and what was missed meanwhile is made up for once.
    return following(payload, Math.max(now, dueAt));
  });

  async function find(id: string): Promise<TimedJob & { readonly version: number }> {
    const job = await schedule.get<TimedPayload>(PREFIX + id);
    if (job === undefined || job.kind !== KIND) throw new RelayError('not_found', `no message is scheduled as ${id}`);
    return job;
  }

  /** Changes a job. `change` is called again if it was run or changed meanwhile. */
  async function update(
    id: string,
    change: (job: TimedJob) => Promise<Pick<TimedJob, 'dueAt' | 'payload' | 'elapses'>>,
  ): Promise<ScheduledMessage> {
    for (;;) {
      const job = await find(id);
      const { target, sender } = job;
      const next = { id: job.id, kind: KIND, target, sender, ...(await change(job)) };
      if ((await schedule.put(next, job.version)) !== 'conflict') return viewOf(next);
    }
  }

  /** Adds a job under a name that its sender chose, or replaces the one that has it. */
  async function putNamed(job: TimedJob, name: string): Promise<void> {
    const { sender } = job.payload;
    for (;;) {
      const known = await schedule.get<TimedPayload>(job.id);
      if (known !== undefined && known.payload.sender !== sender && sender !== OWNER) {
        throw new RelayError('conflict', `another sender has scheduled a message as ${name}`);
      }
      if ((await schedule.put(job, known?.version ?? 0)) !== 'conflict') return;
    }
  }

  async function list(bounds: { readonly after?: string; readonly limit: number; readonly target?: string }) {
    const page = await schedule.list<TimedPayload>(KIND, bounds);
    return { jobs: page.jobs, cursor: page.cursor };
  }

  async function cancel(id: string): Promise<boolean> {
    return (await schedule.cancel(PREFIX + id)) === 'removed';
  }

  return {
    async schedule(draft, timing, { ring, quiet, ttl, emergency }, sender) {
      const { sendType, target, from, content } = draft;
      const number = draft.number ?? (await log.stamp(draft)).mid;
      const payload: TimedPayload = {
        sendType,
        target,
        from,
        sender,
        message: writeContent(content),
        number,
        ...(timing.cron === undefined ? {} : { cron: timing.cron, tz: timing.tz ?? ownTimeZone() }),
        ...(ring === undefined ? {} : { ring }),
        ...(quiet === undefined ? {} : { quiet }),
        ...(ttl === undefined ? {} : { ttl }),
        ...(draft.feed === true ? { feed: true } : {}),
        ...(draft.byName === true ? { byName: true } : {}),
        ...(emergency === undefined ? {} : { emergency }),
      };
      const job = {
        id: PREFIX + (timing.name ?? messageIds.idOf(number)),
        kind: KIND,
        dueAt: timing.dueAt,
        elapses: timing.elapses,
        payload,
        target,
        ...(sender === OWNER ? {} : { sender }),
      };
      if (timing.name === undefined) await schedule.put(job);
      else await putNamed(job, timing.name);
      return viewOf(job);
    },
    async get(id) {
      const job = await schedule.get<TimedPayload>(PREFIX + id);
      return job?.kind === KIND ? viewOf(job) : undefined;
    },
    async list(bounds) {
      const { jobs, cursor } = await list(bounds);
      return { scheduled: jobs.map(viewOf), cursor };
    },
    change: (id, { message, timing, ring, ttl }) =>
      update(id, async ({ dueAt, elapses, payload }) => {
        const { cron, tz, ring: before, ...rest } = payload;
        const rings = ring ?? before ?? 'auto';
        const times: Omit<Timing, 'given'> = timing ?? { dueAt, elapses, cron, tz };
        return {
          dueAt: times.dueAt,
          elapses: times.elapses,
          payload: {
            ...rest,
            message: changed(payload.message, message),
            ...(times.cron === undefined ? {} : { cron: times.cron, tz: times.tz ?? ownTimeZone() }),
            ...(rings === 'auto' ? {} : { ring: rings }),
            ...(ttl === undefined ? {} : { ttl }),
          },
        };
      }),
    cancel,
    async cancelKey(target, key) {
      const cancelled: string[] = [];
      for (let after: string | undefined, more = true; more; ) {
        const { jobs, cursor } = await list({ target, limit: PAGE, ...(after === undefined ? {} : { after }) });
        for (const { id, payload } of jobs) {
          const name = id.slice(PREFIX.length);
          // A message without a key has its id as its key.
          const isOfKey = (readContent(payload.message).key ?? name) === key;
          if (isOfKey && (await cancel(name))) cancelled.push(name);
        }
        after = cursor;
        more = cursor !== undefined;
      }
      return cancelled;
    },
    skip: (id) =>
      update(id, async ({ dueAt, payload }) => {
        if (payload.cron === undefined) {
          throw new RelayError('invalid', `${id} is due only once: cancel it instead`);
        }
        const next = await following(payload, Math.max(clock.now(), dueAt));
        if (next === undefined) throw new RelayError('invalid', `${id} is not due again: cancel it instead`);
        return next;
      }),
    async run(id) {
      const { payload } = await find(id);
      const reply = await send(payload);
      if (payload.cron === undefined) await cancel(id);
      // The next occurrence is another message.
      else
        await update(id, async (job) => ({
          ...job,
          payload: { ...job.payload, number: await nextNumber(job.payload) },
        }));
      return reply;
    },
  };
}
