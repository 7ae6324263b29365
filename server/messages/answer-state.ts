// What is known of one question, and what becomes of it. Nothing here waits, stores or sends.
import type { AnswerInfo } from '../../shared/api.ts';
import type { Ask, AskKind } from '../../shared/content.ts';
import type { SendType } from '../../shared/message.ts';
import { RelayError } from '../base/errors.ts';

/** What a sender asks. */
export interface Question {
  readonly sendType: SendType;
  readonly target: string;
  readonly key?: string | undefined;
  readonly title: string;
  /** The name of the sender, and its credential as `senderOf` writes it. */
  readonly from: string;
  readonly sender: string;
  readonly kind: AskKind;
  readonly options?: readonly string[] | undefined;
  readonly default?: string | undefined;
  /** When it is over, in ms since 1970. */
  readonly until: number;
  /** The number of the acceptance of its first message, from `MessageLog.stamp`. The id is made from it. */
  readonly number: string;
  /** Of an emergency: 1. */
  readonly round?: number | undefined;
  /** The address that is told how it was settled. */
  readonly callback?: string | undefined;
  /** The user that a sender with Pushover's interface named. Then the callback is told in Pushover's way. */
  readonly pushoverUser?: string | undefined;
}

/** What is stored of a question. */
export interface AnswerRecord extends Omit<AnswerInfo, 'id'> {
  readonly sender: string;
  readonly number: string;
  readonly callback?: string;
  readonly pushoverUser?: string;
  /** The credential that answered. */
  readonly answeredBy?: string;
  readonly [field: string]: unknown;
}

/** Who answers. */
export interface Answerer {
  /** The name that others are shown. */
  readonly name: string;
  /** Identifies the credential, or the address in the message. */
  readonly id: string;
}

/** How many messages of a question are known. An emergency has more. */
const MIDS = 20;
const MAX_TEXT = 1000;
const ACKNOWLEDGED = 'acknowledged';

/** The record of a question that was just asked. */
export function newRecord(question: Question, now: number): AnswerRecord {
  const { key, options, default: preset, round, callback, pushoverUser, ...rest } = question;
  return {
    ...rest,
    ...(key === undefined ? {} : { key }),
    ...(options === undefined ? {} : { options }),
    ...(preset === undefined ? {} : { default: preset }),
    ...(round === undefined ? {} : { round }),
    ...(callback === undefined ? {} : { callback }),
    ...(pushoverUser === undefined ? {} : { pushoverUser }),
    mids: [],
    state: 'open',
    createdAt: now,
  };
}

/** What the interface shows. */
export function viewOf(id: string, record: AnswerRecord): AnswerInfo {
  const { sender: _, number: __, callback: ___, answeredBy: ____, pushoverUser: _____, ...info } = record;
  return { id, ...(info as Omit<AnswerInfo, 'id'>) };
}

/** What a callback is told. */
export interface CallbackCall {
  readonly url: string;
  /** MIME type of the body. */
  readonly type: string;
  readonly body: string;
  /** Whether the address may lead to a private network whatever the config says, because only keys choose such addresses. */
  readonly isTrusted: boolean;
}

/**
 * How the callback of a question that was settled is told: the question as JSON, or Pushover's form, which there is only for an
 * acknowledgement. Undefined if no one is told.
 */
export function callOf(info: AnswerInfo, { callback: url, pushoverUser }: AnswerRecord): CallbackCall | undefined {
  if (url === undefined) return undefined;
  if (pushoverUser === undefined) {
    return { url, type: 'application/json; charset=utf-8', body: JSON.stringify(info), isTrusted: false };
  }
  if (info.state !== 'answered') return undefined;
  const body = new URLSearchParams({
    receipt: info.id,
    acknowledged: '1',
    acknowledged_at: String(Math.floor((info.at ?? 0) / 1000)),
    acknowledged_by: pushoverUser,
    acknowledged_by_device: info.by ?? '',
  });
  return { url, type: 'application/x-www-form-urlencoded', body: body.toString(), isTrusted: true };
}

/** The question as its messages carry it. */
export function askOf({ id, kind, options, default: preset, until, round }: AnswerInfo): Ask {
  return {
    id,
    kind,
    ...(options === undefined ? {} : { options }),
    ...(preset === undefined ? {} : { default: preset }),
    until,
    ...(round === undefined ? {} : { round }),
  };
}

/** The record with one more message. */
export function withMid(record: AnswerRecord, mid: string): AnswerRecord {
  return record.mids.includes(mid) ? record : { ...record, mids: [...record.mids, mid].slice(-MIDS) };
}

/** The record after a device got another name; the same one if it does not name the device. */
export function withName(record: AnswerRecord, name: string, to: string): AnswerRecord {
  const { sendType, target, escalated } = record;
  const isTarget = sendType === 'personal' && target === name;
  const isEscalated = escalated?.includes(name) === true;
  if (!isTarget && !isEscalated) return record;
  return {
    ...record,
    ...(isTarget ? { target: to } : {}),
    ...(isEscalated ? { escalated: escalated.map((one) => (one === name ? to : one)) } : {}),
  };
}

/** The record after its callback was taken or given up. */
export function withoutCallback({ callback: _, ...record }: AnswerRecord): AnswerRecord {
  return record as AnswerRecord;
}

/** The record after an answer. */
export function withAnswer(record: AnswerRecord, answer: string, by: Answerer, now: number): AnswerRecord {
  return { ...record, state: 'answered', answer, by: by.name, answeredBy: by.id, at: now };
}

/**
 * Reads an answer: one of the options, in any case of its letters, or a text.
 * @param text undefined if there is none, which is enough for an acknowledgement
 * @throws RelayError `invalid`
 */
export function readAnswer({ kind, options = [] }: Pick<AnswerInfo, 'kind' | 'options'>, text: unknown): string {
  if (kind === 'acknowledge') return ACKNOWLEDGED;
  if (typeof text !== 'string') throw new RelayError('invalid', 'answer must be a string');
  if (kind === 'choice') {
    const given = text.trim();
    const isSame = (option: string) => option.toLowerCase() === given.toLowerCase();
    const found = options.find((option) => option === given) ?? options.find(isSame);
    if (found === undefined) throw new RelayError('invalid', `expected one of ${options.join(', ')}`);
    return found;
  }
  const given = text.replace(/\r\n?/g, '\n').trim();
  // Answers end up in shells and terminals.
  if (given === '' || given.length > MAX_TEXT || /[^\P{Cc}\n\t]|\p{Surrogate}/u.test(given)) {
    throw new RelayError('invalid', `expected 1 to ${MAX_TEXT} characters, without control characters`);
  }
  return given;
}

/** "answered: yes, by pixel". */
export function settledText({ state, answer = '', by = '', kind }: AnswerInfo): string {
  if (state === 'expired') return 'nobody answered in time';
  if (state === 'cancelled') return 'the question was withdrawn';
  if (kind === 'acknowledge') return `acknowledged by ${by}`;
  return `answered: ${answer}, by ${by}`;
}

/** Whether a device receives the messages of the question, and may therefore answer it. */
export function isRecipient(
  { name, groups }: { readonly name: string; readonly groups: readonly string[] },
  { sendType, target, escalated = [] }: Pick<AnswerInfo, 'sendType' | 'target' | 'escalated'>,
): boolean {
  if (sendType === 'personal' ? target === name : groups.includes(target)) return true;
  return escalated.some((one) => one === name || groups.includes(one));
}

/** The refusal of an answer that comes too late. */
export function lateError(outcome: 'late' | 'over', info: AnswerInfo): RelayError {
  return new RelayError(outcome === 'late' ? 'conflict' : 'gone', settledText(info));
}
