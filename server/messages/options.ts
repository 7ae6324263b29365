// What a sender may ask for beside the content, under the same names in every dialect: when a message is due, whether it
// rings, how long it is worth delivering, and the key of a request that may be repeated.
import { RelayError } from '../base/errors.ts';
import { nextDue } from './cron.ts';
import { type EmergencyContext, type EmergencyOptions, isEmergency, readEmergency } from './emergency-options.ts';
import { isTimeZone, ownTimeZone, readMoment, readPeriod, readWait } from './when.ts';

/** When a message is due. */
export interface Timing {
  /** ms since 1970. Of a recurring message, the first time. */
  readonly dueAt: number;
  /** Whether that is a while from now, and not a time of day, so that it does not move with the clock. */
  readonly elapses?: boolean | undefined;
  /** The name that the sender gave the job. */
  readonly name?: string | undefined;
  /** What the sender wrote: a time, or a cron expression. */
  readonly given: string;
  /** The cron expression of a recurring message. */
  readonly cron?: string | undefined;
  /** The time zone of the expression. */
  readonly tz?: string | undefined;
}

/** The options of one send. An absent one was not given. */
export interface SendOptions {
  readonly timing?: Timing | undefined;
  readonly ring?: 'always' | 'never' | undefined;
  /** Whether it rings in quiet hours too. */
  readonly quiet?: 'break' | undefined;
  /** How long the message is worth delivering, in ms; 0 for those who are there now. */
  readonly ttl?: number | undefined;
  /** The same key from the same sender means the same message. */
  readonly idempotency?: string | undefined;
  /** The message is repeated until a person acknowledges it. */
  readonly emergency?: EmergencyOptions | undefined;
}

/** What reading options needs. */
export interface OptionsContext extends EmergencyContext {
  /** ms since 1970. */
  readonly now: number;
  /** The furthest time ahead at which a message may be due, in ms. */
  readonly maxDelay: number;
}

/** The options of a send, and the parameters that they came from. */
export interface GivenOptions {
  /** Undefined if there are none, as for most messages. */
  readonly options: SendOptions | undefined;
  readonly used: ReadonlySet<string>;
}

const NONE: GivenOptions = { options: undefined, used: new Set() };
const TIMES = ['at', 'in', 'delay'] as const;
const NAMES = [...TIMES, 'cron', 'ring', 'quiet', 'ttl', 'idempotency'] as const;
/** Not `.` or `..`: browsers take them out of a path, so such a job could not be reached. */
const JOB_NAME = /^(?!\.{1,2}$)[\w.-]{1,64}$/;
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
const DAY = 24 * 3_600_000;
/** The longest time to live, in ms. */
const MAX_TTL = 366 * DAY;

/**
 * Reads the options among parameters.
 * @param value the value of a parameter, of any type; undefined if it is absent
 * @throws RelayError `invalid` for the first wrong one
 */
export function readOptions(value: (name: string) => unknown, context: OptionsContext): GivenOptions {
  // The usual case: no message costs more than these look-ups.
  const isUrgent = isEmergency(value('priority'));
  if (!isUrgent && !NAMES.some((name) => isGiven(value(name)))) return NONE;
  const used = new Set<string>();
  const take = (name: string) => {
    const given = value(name);
    if (!isGiven(given)) return undefined;
    if (typeof given !== 'string' && typeof given !== 'number') throw wrong(`${name} must be one text`);
    used.add(name);
    return String(given).trim();
  };
  const options: SendOptions = {
    timing: readTiming(take, context),
    ring: readRing(take('ring')),
    quiet: readQuiet(take('quiet')),
    ttl: readTtl(take('ttl')),
    idempotency: readIdempotency(take('idempotency')),
  };
  if (!isUrgent) return { used, options };
  if (options.ring === 'never') throw wrong('an emergency always rings: leave out ring=never');
  return { used, options: { ...options, emergency: readEmergency(take, context) } };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

type Take = (name: string) => string | undefined;

function wrong(text: string): RelayError {
  return new RelayError('invalid', text);
}

/** `id` and `tz` are options only beside a time: other messages may have fields of these names. */
function readTiming(take: Take, context: OptionsContext): Timing | undefined {
  const times = TIMES.flatMap((name) => {
    const text = take(name);
    return text === undefined ? [] : [[name, text] as const];
  });
  const cron = take('cron');
  const [first] = times;
  if (first === undefined && cron === undefined) return undefined;
  if (times.length + (cron === undefined ? 0 : 1) > 1) throw wrong('expected one of at, in, delay and cron');
  const tz = take('tz');
  if (tz !== undefined && !isTimeZone(tz)) throw wrong('tz must be a time zone such as Europe/Berlin');
  const name = take('id');
  if (name !== undefined && !JOB_NAME.test(name)) {
    throw wrong('id must be 1 to 64 letters, digits, "_", "." or "-", and not "." or ".."');
  }
  if (cron !== undefined) return readRecurring(cron, tz ?? ownTimeZone(), name, context);
  const [parameter = '', text = ''] = first ?? [];
  const dueAt = readMoment(text, { now: context.now, tz: tz ?? ownTimeZone() });
  if (dueAt === undefined) {
    throw wrong(
      `${parameter} must be a duration such as 90s, 30m, 2h or 1d, a time such as 2030-01-31T08:00, or Unix seconds`,
    );
  }
  checkAhead(parameter, dueAt, context);
  return { dueAt, given: text, name, tz, ...(readWait(text) === undefined ? {} : { elapses: true }) };
}

function readRecurring(cron: string, tz: string, name: string | undefined, context: OptionsContext): Timing {
  const dueAt = nextDue(cron, tz, context.now);
  if (dueAt === undefined) throw wrong('cron names a date that never comes');
  return { dueAt, given: cron, name, cron, tz };
}

/** @throws RelayError `invalid` for a time that has passed or is too far ahead */
function checkAhead(parameter: string, dueAt: number, { now, maxDelay }: OptionsContext): void {
  if (dueAt <= now) throw wrong(`${parameter} must be in the future`);
  if (dueAt - now > maxDelay) throw wrong(`${parameter} must be at most ${Math.floor(maxDelay / DAY)} days ahead`);
}

function readRing(text: string | undefined): SendOptions['ring'] {
  if (text === undefined || text === 'auto') return undefined;
  if (text !== 'always' && text !== 'never') throw wrong('ring must be auto, always or never');
  return text;
}

function readQuiet(text: string | undefined): SendOptions['quiet'] {
  if (text !== undefined && text !== 'break') throw wrong('quiet must be break');
  return text;
}

function readTtl(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ttl = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : readPeriod(text);
  if (ttl === undefined || ttl > MAX_TTL)
    throw wrong('ttl must be seconds or a duration such as 10m, at most 366 days');
  return ttl;
}

/** Checks an idempotency key. @throws RelayError `invalid` */
export function readIdempotency(text: string | undefined): string | undefined {
  if (text !== undefined && !IDEMPOTENCY_KEY.test(text)) {
    throw wrong('the idempotency key must be 1 to 255 visible ASCII characters');
  }
  return text;
}
