// Heartbeats: jobs that should give a sign again and again, and the messages when none comes or a run fails.
import { randomUUID } from 'node:crypto';
import type { BeatEvent, BeatInfo } from '../../shared/api.ts';
import { readContent } from '../../shared/content.ts';
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import {
  type BeatRecord,
  type BeatRequest,
  type BeatTimes,
  deadlineOf,
  failedText,
  isWrong,
  missingText,
  paused,
  readTimes,
  type Sign,
  tailOf,
  viewOf,
  wasCarriedOut,
  withMissing,
  withRequest,
  withSign,
  withTimes,
} from './beat-state.ts';
import type { Documents } from './documents.ts';
import type { PublishNow } from './publish-now.ts';
import type { Schedule } from './schedule.ts';

/** Whose heartbeat it is. */
export interface BeatName {
  readonly sendType: SendType;
  readonly target: string;
  readonly key: string;
}

/** An idempotency key, and who showed it. */
export interface KeyedSign {
  readonly sender: string;
  readonly key: string;
}

/** A parameter by its name; undefined if it is absent. */
type Given = (name: string) => string | undefined;

/** The heartbeats of a relay. Promises resolve when the change, and the message that it causes, are durable. */
export interface Beats {
  /**
   * Takes a sign. The first one makes the heartbeat.
   * @param given the times `every`, `grace`, `cron` and `tz`; undefined if the sign may make and change nothing
   * @param request its idempotency key: a sign that is repeated with it is answered, and counts once
   * @throws RelayError `invalid` for wrong times, `conflict` for a key of another sign, `not_found` if there is none and it may not be made, `too_many`
   */
  sign(name: BeatName, from: string, sign: Sign, given: Given | undefined, request?: KeyedSign): Promise<BeatInfo>;
  /** Takes a sign by the uuid. Undefined if no heartbeat has it. */
  ping(uuid: string, sign: Sign, request?: KeyedSign): Promise<BeatInfo | undefined>;
  get(id: string): Promise<BeatInfo | undefined>;
  /** Heartbeats, the latest made first. */
  list(bounds: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<{ readonly beats: readonly BeatInfo[]; readonly cursor: string | undefined }>;
  /** Changes its times. Undefined if there is none. */
  change(id: string, given: Given): Promise<BeatInfo | undefined>;
  /** Stops alarms until the next sign. Undefined if there is none. */
  pause(id: string): Promise<BeatInfo | undefined>;
  /** Whether there was one. */
  remove(id: string): Promise<boolean>;
}

/** What {@link createBeats} needs. */
export interface BeatsPorts {
  readonly documents: Documents;
  readonly schedule: Schedule;
  readonly publishNow: PublishNow;
  readonly clock: Pick<Clock, 'now'>;
  readonly config: { readonly maxJobs: number };
  /** Tells the pages of the recipients. */
  tell(event: BeatEvent): void;
}

const KIND = 'beat';
const ALL = 'all';
const DAY = 24 * 3_600_000;
/** How late a job may be in ms before the relay itself was away, and signs may be under way. */
const AWAY = 60_000;

/** The id of a heartbeat: short, and safe in a path. */
export function beatId({ sendType, target, key }: BeatName): string {
  return sha256(`${sendType}/${target}/${key}`).toString('base64url').slice(0, 22);
}

const uuidList = (uuid: string) => `uuid-${uuid.toLowerCase()}`;

/** Makes the heartbeats of one relay. */
export function createBeats(ports: BeatsPorts): Beats {
  const { documents, schedule, publishNow, clock, config } = ports;
  const collection = documents.collection<BeatRecord>('beats');
  // A sign and an alarm of one heartbeat do not mix on a node.
  const mutex = createKeyedMutex();
  const jobOf = (id: string) => `${KIND}:${id}`;

  function store(id: string, record: BeatRecord, seen: number): Promise<number | 'conflict'> {
    return collection.put(id, record, { seen, lists: { [ALL]: record.createdAt, [uuidList(record.uuid)]: 0 } });
  }

  /** Stores the job before the heartbeat: a job without one does nothing, but a heartbeat without one is never missed. */
  async function arm(id: string, { deadline, every }: BeatRecord): Promise<void> {
    if (deadline === undefined) await schedule.cancel(jobOf(id));
    else await schedule.put({ id: jobOf(id), kind: KIND, dueAt: deadline, elapses: every !== undefined, payload: {} });
  }

  async function send(
    record: BeatRecord,
    state: 'firing' | 'ok',
    ring: 'always' | 'never' | undefined,
    text: string,
    desp = '',
  ) {
    const { sendType, target, key, from } = record;
    // The output of a program is no Markdown.
    const extra = { key: `beat:${key}`, state, markdown: 0 };
    const content = readContent({ text, desp, extra });
    await publishNow({ sendType, target, from: { method: 'http', name: from }, content }, 0, { ring });
  }

  /** Changes a heartbeat. `change` is called again if another node was faster; undefined leaves it. */
  function update(
    id: string,
    change: (before: BeatRecord | undefined) => Promise<BeatRecord | undefined>,
  ): Promise<BeatRecord | undefined> {
    return mutex.run(id, async () => {
      for (;;) {
        const before = await collection.get(id);
        const after = await change(before?.value);
        if (after === undefined || after === before?.value) return after;
        if (after.deadline !== before?.value.deadline) await arm(id, after);
        if ((await store(id, after, before?.version ?? 0)) === 'conflict') continue;
        tell(id, after);
        return after;
      }
    });
  }

  function tell(id: string, record: BeatRecord): void {
    ports.tell({ id, target: record.target, beat: viewOf(id, record, clock.now()) });
  }

  /** Takes a sign, unless it is a repeat. Then the heartbeat stays as it is. */
  async function takeOnce(before: BeatRecord, sign: Sign, request: BeatRequest | undefined): Promise<BeatRecord> {
    if (request === undefined) return take(before, sign);
    return wasCarriedOut(before, request) ? before : withRequest(await take(before, sign), request);
  }

  /** What is kept of a request with an idempotency key. */
  function requestOf(sign: Sign, keyed: KeyedSign | undefined): BeatRequest | undefined {
    if (keyed === undefined) return undefined;
    const digest = (text: string) => sha256(text).toString('base64url').slice(0, 22);
    const said = digest(JSON.stringify([sign.kind, sign.exit, sign.text]));
    return { id: digest(`${keyed.sender}\n${keyed.key}`), said, at: clock.now() };
  }

  const view = (id: string, record: BeatRecord | undefined) => record && viewOf(id, record, clock.now());

  /** Sends what a sign causes before the sign is stored: if it cannot be sent, the sender repeats the sign. */
  async function take(before: BeatRecord, sign: Sign): Promise<BeatRecord> {
    const after = withSign(before, sign, clock.now());
    if (sign.kind === 'start') return after;
    if (sign.exit !== 0) await send(after, 'firing', undefined, failedText(after), tailOf(sign.text));
    else if (isWrong(before)) await send(after, 'ok', undefined, `${after.key}: ok again`, tailOf(sign.text));
    return after;
  }

  async function make(name: BeatName, from: string, times: BeatTimes | undefined): Promise<BeatRecord> {
    if (times === undefined)
      throw new RelayError('invalid', 'the first call expects every, such as every=24h, or cron');
    if ((await collection.count(ALL)) >= config.maxJobs)
      throw new RelayError('too_many', `${config.maxJobs} heartbeats are kept (schedule.maxJobs); remove some first`);
    const now = clock.now();
    const times0 = { createdAt: now, lastAt: now, deadline: deadlineOf(times, now) };
    return { ...name, ...times, ...times0, uuid: randomUUID(), from, state: 'up', runs: [] };
  }

  schedule.register(KIND, async ({ id: job, late, payload }) => {
    const id = job.slice(KIND.length + 1);
    const now = clock.now();
    const found = (await collection.get(id))?.value;
    if (found?.deadline === undefined) return undefined;
    if (late > AWAY && payload['waited'] !== true && found.state !== 'down') {
      // No one could give a sign while no relay was running. Senders that keep their signs give them now.
      return { dueAt: now + Math.max(found.grace, AWAY), elapses: true, payload: { waited: true } };
    }
    const down = await mutex.run(id, async () => {
      for (;;) {
        const before = await collection.get(id);
        // A sign came meanwhile, and has put off the job.
        if (before === undefined || before.value.deadline !== found.deadline) return undefined;
        const after = withMissing(before.value, now);
        if ((await store(id, after, before.version)) === 'conflict') continue;
        tell(id, after);
        await send(after, 'firing', before.value.state === 'up' ? undefined : 'always', missingText(after, now));
        return after;
      }
    });
    if (down === undefined) return undefined;
    // Another node may have taken a sign while the message was sent.
    const latest = (await collection.get(id))?.value;
    if (latest !== undefined && !isWrong(latest)) await send(latest, 'ok', undefined, `${latest.key}: ok again`);
    return { dueAt: now + DAY, elapses: true, payload: {} };
  });

  return {
    async sign(name, from, sign, given, keyed) {
      const id = beatId(name);
      const request = requestOf(sign, keyed);
      const after = await update(id, async (before) => {
        if (before === undefined && given === undefined)
          throw new RelayError('not_found', `no heartbeat ${name.key} is known; the first call is a GET or POST`);
        const times = given && readTimes(given, before, clock.now());
        const isSame =
          before !== undefined &&
          times !== undefined &&
          times.every === before.every &&
          times.cron === before.cron &&
          times.tz === before.tz &&
          times.grace === before.grace;
        if (before === undefined) return takeOnce(await make(name, from, times), sign, request);
        return takeOnce(times === undefined || isSame ? before : withTimes(before, times), sign, request);
      });
      if (after === undefined) throw new TypeError('a sign always changes the heartbeat');
      return viewOf(id, after, clock.now());
    },
    async ping(uuid, sign, keyed) {
      const [found] = (await collection.list(uuidList(uuid), { limit: 1 })).documents;
      if (found === undefined) return undefined;
      const after = await update(found.id, async (before) => before && takeOnce(before, sign, requestOf(sign, keyed)));
      return view(found.id, after);
    },
    async get(id) {
      return view(id, (await collection.get(id))?.value);
    },
    async list(bounds) {
      const { documents: found, cursor } = await collection.list(ALL, { ...bounds, descending: true });
      return { beats: found.map(({ id, value }) => viewOf(id, value, clock.now())), cursor };
    },
    async change(id, given) {
      const after = await update(id, async (before) => {
        const times = before && readTimes(given, before, clock.now());
        if (before !== undefined && times === undefined)
          throw new RelayError('invalid', 'expected some of every, cron, tz and grace');
        return before && times && withTimes(before, times);
      });
      return view(id, after);
    },
    async pause(id) {
      const after = await update(id, async (before) => {
        if (before !== undefined && isWrong(before)) await send(before, 'ok', 'never', `${before.key}: paused`);
        return before && paused(before);
      });
      return view(id, after);
    },
    remove: (id) =>
      mutex.run(id, async () => {
        const found = await collection.get(id);
        if (found === undefined) return false;
        if (isWrong(found.value)) await send(found.value, 'ok', 'never', `${found.value.key}: removed`);
        await collection.remove(id);
        await schedule.cancel(jobOf(id));
        ports.tell({ id, target: found.value.target, beat: null });
        return true;
      }),
  };
}
