// What is known of one heartbeat, and what becomes of it. Nothing here waits, stores or sends.
import type { BeatInfo, BeatRun, BeatState } from '../../shared/api.ts';
import type { SendType } from '../../shared/message.ts';
import { RelayError } from '../base/errors.ts';
import { nextDue } from './cron.ts';
import { isTimeZone, ownTimeZone, readPeriod } from './when.ts';

/** When signs are expected: `every` so many ms, or at the times of a cron expression. */
export interface BeatTimes {
  readonly every?: number;
  readonly cron?: string;
  readonly tz?: string;
  /** How late a sign may be, in ms. */
  readonly grace: number;
}

/** What is stored of a heartbeat. */
export interface BeatRecord extends BeatTimes {
  readonly sendType: SendType;
  readonly target: string;
  readonly key: string;
  readonly uuid: string;
  /** The name of the sender that made it. */
  readonly from: string;
  readonly state: BeatState;
  readonly createdAt: number;
  /** The last sign, or when it was made. */
  readonly lastAt: number;
  readonly startedAt?: number;
  /** When it counts as missing; absent while it is paused. */
  readonly deadline?: number;
  readonly runs: readonly BeatRun[];
  /** The last requests that had an idempotency key, the latest last. */
  readonly requests?: readonly BeatRequest[];
  readonly [field: string]: unknown;
}

/** A request that was carried out. */
export interface BeatRequest {
  /** A digest of its sender and its key. */
  readonly id: string;
  /** A digest of what it said. */
  readonly said: string;
  /** When, in ms since 1970. */
  readonly at: number;
}

/** A sign of life. */
export interface Sign {
  readonly kind: 'start' | 'end';
  /** The exit code of a run that has ended. */
  readonly exit: number;
  /** The end of its output. */
  readonly text: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONGEST = 366 * DAY;
const RUNS = 30;
/** How many requests are remembered, and for how long, in ms. */
const REQUESTS = { most: RUNS, keptFor: DAY };
const TAIL = { lines: 20, characters: 4000 };

/** Whether a message said that something is wrong, and none has closed it yet. */
export function isWrong({ state }: Pick<BeatRecord, 'state'>): boolean {
  return state === 'down' || state === 'failed';
}

/** When a sign is missing that is expected after a time. */
export function deadlineOf({ every, cron, tz = ownTimeZone(), grace }: BeatTimes, after: number): number {
  // A date that never comes again is never missed; the schedule looks again in a year.
  const expected = cron === undefined ? after + (every ?? 0) : (nextDue(cron, tz, after) ?? after + LONGEST);
  return expected + grace;
}

/**
 * Whether a request was carried out before.
 * @throws RelayError `conflict` if its key was used for another sign
 */
export function wasCarriedOut({ requests = [] }: BeatRecord, { id, said, at }: BeatRequest): boolean {
  const known = requests.find((one) => one.id === id && one.at > at - REQUESTS.keptFor);
  if (known === undefined) return false;
  if (known.said === said) return true;
  throw new RelayError('conflict', 'this idempotency key was used for another sign');
}

/** The heartbeat with a request that was carried out. */
export function withRequest(record: BeatRecord, request: BeatRequest): BeatRecord {
  const others = (record.requests ?? []).filter(
    ({ id, at }) => id !== request.id && at > request.at - REQUESTS.keptFor,
  );
  return { ...record, requests: [...others, request].slice(-REQUESTS.most) };
}

/** The heartbeat after a sign. */
export function withSign(before: BeatRecord, sign: Sign, now: number): BeatRecord {
  if (sign.kind === 'start') return { ...before, startedAt: now };
  const { startedAt, ...rest } = before;
  const isGood = sign.exit === 0;
  const run: BeatRun = {
    at: now,
    state: isGood ? 'ok' : 'failed',
    ...(isGood ? {} : { exit: sign.exit }),
    ...(startedAt === undefined ? {} : { duration: Math.max(0, now - startedAt) }),
  };
  const runs = [...before.runs, run].slice(-RUNS);
  const after: BeatRecord = { ...(rest as BeatRecord), state: isGood ? 'up' : 'failed', lastAt: now, runs };
  return { ...after, deadline: deadlineOf(after, now) };
}

/** The heartbeat after a time without a sign. */
export function withMissing(before: BeatRecord, now: number): BeatRecord {
  if (before.state === 'down') return before;
  return { ...before, state: 'down', runs: [...before.runs, { at: now, state: 'missing' } as const].slice(-RUNS) };
}

/** The heartbeat without alarms until the next sign. */
export function paused({ deadline: _, startedAt: __, ...rest }: BeatRecord): BeatRecord {
  return { ...(rest as BeatRecord), state: 'paused' };
}

/** The heartbeat with other times. */
export function withTimes({ every: _, cron: __, tz: ___, ...rest }: BeatRecord, times: BeatTimes): BeatRecord {
  const after = { ...(rest as BeatRecord), ...times };
  return after.state === 'paused' ? after : { ...after, deadline: deadlineOf(after, after.lastAt) };
}

/** What the interface shows. */
export function viewOf(id: string, record: BeatRecord, now: number): BeatInfo {
  const { state, deadline, grace } = record;
  const isLate = state === 'up' && deadline !== undefined && now > deadline - grace;
  const { sendType, target, key, uuid, every, cron, tz, createdAt, lastAt, startedAt, runs } = record;
  return {
    id,
    sendType,
    target,
    key,
    uuid,
    state: isLate ? 'late' : state,
    ...(every === undefined ? {} : { every }),
    ...(cron === undefined ? {} : { cron }),
    ...(tz === undefined ? {} : { tz }),
    grace,
    createdAt,
    lastAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(deadline === undefined ? {} : { deadline }),
    runs,
  };
}

/**
 * Reads when signs are expected. What is not given stays.
 * @param value a parameter by its name; undefined if it is absent
 * @returns undefined if nothing was given
 * @throws RelayError `invalid`
 */
export function readTimes(
  value: (name: string) => string | undefined,
  before: BeatTimes | undefined,
  now: number,
): BeatTimes | undefined {
  const [every, cron, tz, grace] = ['every', 'cron', 'tz', 'grace'].map(value);
  if (every === undefined && cron === undefined && tz === undefined && grace === undefined) return undefined;
  if (every !== undefined && cron !== undefined) throw wrong('expected one of every and cron');
  if (tz !== undefined && !isTimeZone(tz)) throw wrong('tz must be a time zone such as Europe/Berlin');
  const given = grace === undefined ? before?.grace : readSpan('grace', grace, 0);
  if (every !== undefined || (cron === undefined && before?.every !== undefined)) {
    if (tz !== undefined) throw wrong('tz goes with cron');
    const ms = every === undefined ? (before?.every ?? 0) : readSpan('every', every, 10 * SECOND);
    return { every: ms, grace: given ?? Math.min(HOUR, ms) };
  }
  const expression = cron ?? before?.cron;
  if (expression === undefined) throw wrong('the first call expects every, such as every=24h, or cron');
  const zone = tz ?? before?.tz ?? ownTimeZone();
  if (nextDue(expression, zone, now) === undefined) throw wrong('cron names a date that never comes');
  return { cron: expression, tz: zone, grace: given ?? HOUR };
}

function readSpan(name: string, text: string, least: number): number {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND : readPeriod(text);
  if (ms === undefined || ms < least || ms > LONGEST)
    throw wrong(`${name} must be seconds or a duration such as 24h, from ${least / SECOND} s to 366 days`);
  return ms;
}

function wrong(text: string): RelayError {
  return new RelayError('invalid', text);
}

/** The last lines of an output. */
export function tailOf(text: string): string {
  return text.trimEnd().split(/\r?\n/).slice(-TAIL.lines).join('\n').slice(-TAIL.characters);
}

/** "no sign since 03:00 (26 h)". */
export function missingText({ key, lastAt, tz = ownTimeZone() }: BeatRecord, now: number): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: tz, hour: '2-digit', minute: '2-digit' }).format(lastAt);
  return `${key}: no sign since ${time} (${spanText(now - lastAt)})`;
}

/** "failed with exit code 1 after 12 s". */
export function failedText({ key, runs }: BeatRecord): string {
  const { exit = 1, duration } = runs.at(-1) ?? {};
  return `${key}: failed with exit code ${exit}${duration === undefined ? '' : ` after ${spanText(duration)}`}`;
}

function spanText(ms: number): string {
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < 2 * HOUR) return `${Math.round(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} d`;
}
