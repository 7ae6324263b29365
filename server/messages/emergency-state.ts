// What is known of an emergency, and what each round of it is, as pure functions. Nothing here waits, stores or sends.
import type { AnswerInfo } from '../../shared/api.ts';
import type { Ask, WireBody } from '../../shared/content.ts';
import type { MessageSource, SendType } from '../../shared/message.ts';
import type { EmergencyOptions, EscalationTarget } from './emergency-options.ts';

/** What is stored of an emergency. Times in ms, moments in ms since 1970. */
export interface EmergencyRecord extends EmergencyOptions {
  readonly sendType: SendType;
  readonly target: string;
  readonly from: MessageSource;
  /** The credential that sent it: only that one sees its receipt. */
  readonly sender: string;
  /** The message without what each round adds. */
  readonly message: WireBody;
  readonly key: string;
  readonly tags: readonly string[];
  readonly ttl?: number;
  readonly feed?: true;
  readonly byName?: true;
  /** Set once nothing is sent any more. */
  readonly ended?: true;
  readonly until: number;
  /** The last round that was sent, and when. 0 before the first. */
  readonly round: number;
  readonly lastAt: number;
  readonly [field: string]: unknown;
}

/** The round that a job sends. */
export interface Round {
  /** From 1. */
  readonly round: number;
  /** How long the emergency lasts from the moment at which the job is due, in ms. */
  readonly left: number;
  /** The number of acceptance of each message, in the order of {@link targetsOf}, so that each is stored once. */
  readonly numbers: readonly string[];
  readonly [field: string]: unknown;
}

/** When a job is due, what it sends, and for how long it is worth delivering. */
export interface NextRound {
  readonly round: number;
  readonly left: number;
  /** In ms from now. */
  readonly wait: number;
}

/** Who gets a round: the target of the message, and one more after each `after` rounds. */
export function targetsOf(
  { sendType, target, escalation, after }: Pick<EmergencyRecord, 'sendType' | 'target' | 'escalation' | 'after'>,
  round: number,
): readonly EscalationTarget[] {
  return [{ sendType, target }, ...escalation.slice(0, Math.floor((round - 1) / after))];
}

/** Who gets it beside the target of the message, by name. */
export function escalatedOf(record: EmergencyRecord, round: number): string[] {
  return targetsOf(record, round)
    .slice(1)
    .map(({ target }) => target);
}

/**
 * The round after one that was due `late` ms ago. Rounds that were missed because no relay was running are left out.
 * @returns undefined if the emergency is over by then
 */
export function roundAfter({ retry }: EmergencyOptions, { round, left }: Round, late: number): NextRound | undefined {
  // A small delay does not move the rounds that follow.
  const lost = late < retry ? 0 : late;
  const next = left - lost - retry;
  return next <= 0 ? undefined : { round: round + 1, left: next, wait: retry - (late - lost) };
}

/** Whether a round comes too late to be sent. */
export function isOver({ left }: Round, late: number): boolean {
  return late >= left;
}

/** What a sender is told of its emergency. Moments in ms since 1970; undefined where something has not happened. */
export interface Receipt {
  readonly acknowledgedAt: number | undefined;
  /** The device, key or owner that acknowledged it. */
  readonly acknowledgedBy: string | undefined;
  /** The user that a Pushover sender named. */
  readonly user: string | undefined;
  /** When its last message was sent. */
  readonly lastDeliveredAt: number;
  readonly expiresAt: number;
  /** Whether its time is over, or it was cancelled, and no one has acknowledged it. */
  readonly isExpired: boolean;
  readonly calledBackAt: number | undefined;
}

/** The receipt of an emergency. */
export function receiptOf({ user, lastAt }: EmergencyRecord, info: AnswerInfo): Receipt {
  const isAcknowledged = info.state === 'answered';
  return {
    acknowledgedAt: isAcknowledged ? info.at : undefined,
    acknowledgedBy: isAcknowledged ? info.by : undefined,
    user,
    lastDeliveredAt: lastAt,
    expiresAt: info.until,
    isExpired: info.state === 'expired' || info.state === 'cancelled',
    calledBackAt: info.calledBackAt,
  };
}

/** The record after a round was sent. Rounds may be noted in any order. */
export function withRound(record: EmergencyRecord, round: number, now: number): EmergencyRecord {
  return record.round >= round ? record : { ...record, round, lastAt: now };
}

/** The message of a round. @param id the receipt @param until when the emergency is over, in ms since 1970 */
export function messageOf(
  { message, key }: EmergencyRecord,
  {
    id,
    round,
    until,
    answer,
  }: { readonly id: string; readonly round: number; readonly until: number; readonly answer?: string },
): WireBody {
  const ask: Ask = { id, kind: 'acknowledge', until, round };
  return {
    ...message,
    extra: { ...message.extra, priority: 5, key, receipt: id, ask, ...(answer === undefined ? {} : { answer }) },
  };
}

/**
 * How long the relay tries to deliver the message of a round, in ms: a repeat until the next one comes, so that a device which
 * was away does not get them all. The first one is as good as any message.
 */
export function deliveryTimeOf({ retry }: EmergencyRecord, round: number): number | undefined {
  return round === 1 ? undefined : retry;
}
