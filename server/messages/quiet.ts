// Whether a device must stay silent for a message, as pure functions of its settings and a time.
import { CronDate } from 'croner';
import type { Message } from '../../shared/message.ts';
import { type Mute, type QuietHours, WEEKDAYS, type Weekday } from '../../shared/quiet.ts';
import { instantOf, ownTimeZone } from './when.ts';

/** `held`: it is in the notification at the end of the quiet hours. `muted`: it is in none. */
export type Verdict = 'rings' | 'held' | 'muted';

/** What is known of a message. */
export type JudgedMessage = Pick<Message, 'sendType' | 'target' | 'from' | 'content' | 'breaksQuiet'>;

/** The settings of a device that count. */
export interface Silence {
  readonly quiet: QuietHours | undefined;
  readonly mutes: readonly Mute[];
}

/** Whether hours are quiet, and when that changes, in ms since 1970. */
export interface QuietState {
  readonly isQuiet: boolean;
  readonly until: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const DEFAULT_PRIORITY = 3;
/** A day begins at each of them once a week; one more for hours that began the day before. */
const DAYS_AHEAD = 8;

/** Decides about a message at a time. An emergency, which comes in rounds, rings in any case. `let` and `quiet=break` are for the clock only. */
export function judge(message: JudgedMessage, { quiet, mutes }: Silence, at: number): Verdict {
  if (message.content.ask?.round !== undefined) return 'rings';
  if (mutes.some((mute) => isMutedBy(message, mute, at))) return 'muted';
  if (quiet === undefined || message.breaksQuiet === true || isLet(message, quiet.let ?? {})) return 'rings';
  return quietAt(quiet, at).isQuiet ? 'held' : 'rings';
}

function isMutedBy({ sendType, target, from, content }: JudgedMessage, mute: Mute, at: number): boolean {
  if (mute.until !== undefined && at >= mute.until) return false;
  if (mute.sender !== undefined) return from.name === mute.sender;
  if (mute.group !== undefined) return sendType === 'group' && isSame(target, mute.group);
  return mute.key !== undefined && content.key === mute.key;
}

function isLet(
  { sendType, target, content }: JudgedMessage,
  { priority, groups = [], keys = [] }: NonNullable<QuietHours['let']>,
): boolean {
  if (priority !== undefined && (content.priority ?? DEFAULT_PRIORITY) >= priority) return true;
  if (sendType === 'group' && groups.some((group) => isSame(group, target))) return true;
  return content.key !== undefined && keys.includes(content.key);
}

function isSame(one: string, other: string): boolean {
  return one.normalize() === other.normalize();
}

/** The last result for these hours, kept until they begin or end: computing with time zones is slow. */
const known = new WeakMap<QuietHours, QuietState & { readonly since: number }>();

/** Whether hours are quiet at a time, and until when. Hours without a gap between them are one. */
export function quietAt(quiet: QuietHours, at: number): QuietState {
  const before = known.get(quiet);
  if (before !== undefined && before.since <= at && at < before.until) return before;
  const state = stateAt(quiet, at);
  known.set(quiet, { ...state, since: at });
  return state;
}

function stateAt(quiet: QuietHours, at: number): QuietState {
  const spans = spansAround(quiet, at);
  let until = at;
  for (const { start, end } of spans) if (start <= until && until < end) until = end;
  if (until > at) return { isQuiet: true, until };
  return { isQuiet: false, until: spans.find(({ start }) => start > at)?.start ?? Number.POSITIVE_INFINITY };
}

/** The hours that begin on the day before a time, or up to a week after it, in order. */
function spansAround({ from, to, tz = ownTimeZone(), days = WEEKDAYS }: QuietHours, at: number): Span[] {
  const here = new CronDate(new Date(at), tz);
  const spans: Span[] = [];
  for (let ahead = -1; ahead <= DAYS_AHEAD; ahead += 1) {
    const date = new Date(Date.UTC(here.year, here.month, here.day + ahead));
    if (!days.includes(weekdayOf(date))) continue;
    const start = timeOn(date, from, tz);
    const end = timeOn(from < to ? date : new Date(date.getTime() + DAY), to, tz);
    if (start < end) spans.push({ start, end });
  }
  return spans;
}

const DAY = 24 * 3_600_000;

function weekdayOf(date: Date): Weekday {
  return WEEKDAYS[(date.getUTCDay() + 6) % 7] ?? 'mon';
}

/** A time of day on a date. One that the zone skips is the next valid one, one that it has twice is the first. */
function timeOn(date: Date, time: string, tz: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const day = new Date(date.getTime() + (hour === 24 ? DAY : 0));
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth() + 1];
  return instantOf({ year, month, day: day.getUTCDate(), hour: hour % 24, minute, second: 0 }, tz);
}

/** Whether two mutes are of the same sender, group or key. */
export function isSameMute(one: Mute, other: Mute): boolean {
  return one.sender === other.sender && one.group === other.group && one.key === other.key;
}
