// What a sender may say about an emergency: how often it is repeated, for how long, and to whom it escalates.
import type { SendType } from '../../shared/message.ts';
import { RelayError } from '../base/errors.ts';
import { readPeriod } from './when.ts';

/** A device or a group. */
export interface EscalationTarget {
  readonly sendType: SendType;
  readonly target: string;
}

/** How an emergency is repeated. Times in ms. */
export interface EmergencyOptions {
  readonly retry: number;
  /** How long it is repeated, from the first message on. */
  readonly expire: number;
  /** Who gets it too, one more after each `after` rounds without an answer. */
  readonly escalation: readonly EscalationTarget[];
  readonly after: number;
  /** Gets Pushover's form, once, when someone has acknowledged it. */
  readonly callback?: string | undefined;
  /** The public address of the relay, for those who acknowledge by a link. */
  readonly url?: string | undefined;
  /** The user that a Pushover sender named; the receipt gives it back. */
  readonly user?: string | undefined;
}

/**
 * Finds the device or group that a sender names, such as `partner`, `group:ops` or `hook:oncall`.
 * @throws RelayError `invalid` if there is none, `forbidden` if the sender may not send to it
 */
export type ResolveTarget = (name: string) => EscalationTarget;

const SECOND = 1000;
const HOUR = 3_600_000;
/** The bounds of Pushover, which are those of the config, too, unless it has others. */
export const EMERGENCY_BOUNDS: EmergencyBounds = { minRetry: 30 * SECOND, maxExpire: 3 * HOUR };
const MAX_TARGETS = 5;
const MAX_AFTER = 100;

/** The section `emergencies` of the config. Times in ms. */
export interface EmergencyBounds {
  readonly minRetry: number;
  readonly maxExpire: number;
}

/** What reading the options of an emergency needs. */
export interface EmergencyContext {
  /** Finds a target in `then`. Without it, `then` is refused. */
  readonly resolveTarget?: ResolveTarget | undefined;
  /** The bounds of the config. */
  readonly emergencies?: EmergencyBounds | undefined;
  /** The address of the relay, as the sender reaches it. */
  readonly publicUrl?: (() => string) | undefined;
}

/** The parameters of an emergency. */
export const EMERGENCY_NAMES: ReadonlySet<string> = new Set(['priority', 'retry', 'expire', 'then', 'after']);

/** Whether a priority is the one of emergencies. */
export function isEmergency(priority: unknown): boolean {
  return typeof priority === 'string' && priority.trim().toLowerCase() === 'emergency';
}

/**
 * Reads the options of an emergency.
 * @param take a parameter as text; undefined if it is absent
 * @throws RelayError `invalid` for the first wrong one, and as {@link ResolveTarget}
 */
export function readEmergency(
  take: (name: string) => string | undefined,
  { resolveTarget, emergencies = EMERGENCY_BOUNDS, publicUrl }: EmergencyContext,
): EmergencyOptions {
  return {
    retry: readSpan('retry', take('retry'), Math.max(60 * SECOND, emergencies.minRetry), emergencies),
    expire: readSpan('expire', take('expire'), Math.min(HOUR, emergencies.maxExpire), emergencies),
    escalation: readTargets(take('then'), resolveTarget),
    after: readAfter(take('after')),
    ...(publicUrl === undefined ? {} : { url: publicUrl() }),
  };
}

function wrong(text: string): RelayError {
  return new RelayError('invalid', text);
}

function readSpan(
  name: string,
  text: string | undefined,
  usual: number,
  { minRetry, maxExpire }: EmergencyBounds,
): number {
  if (text === undefined) return usual;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND : readPeriod(text);
  if (ms === undefined || ms < minRetry || ms > maxExpire) {
    const bounds = `from ${minRetry / SECOND} to ${maxExpire / SECOND} seconds`;
    throw wrong(`${name} must be seconds or a duration such as 2m, ${bounds}`);
  }
  return ms;
}

function readTargets(text: string | undefined, resolveTarget: ResolveTarget | undefined): EscalationTarget[] {
  if (text === undefined) return [];
  if (resolveTarget === undefined) throw wrong('then cannot be used here');
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > MAX_TARGETS) throw wrong(`then must name at most ${MAX_TARGETS} devices or groups`);
  return names.map(resolveTarget);
}

function readAfter(text: string | undefined): number {
  if (text === undefined) return 3;
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > MAX_AFTER)
    throw wrong(`after must be a whole number of rounds from 1 to ${MAX_AFTER}`);
  return Number(text);
}
