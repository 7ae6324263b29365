// What a message does to its alert, as a pure function: whether it rings, and what the alert is afterwards.
import type { AlertState } from '../../shared/content.ts';
import type { SendType } from '../../shared/message.ts';

/** When alerts ring again, and when they count as flapping. Times in ms. */
export interface AlertsConfig {
  /** After this long without a ring, the next message rings even if nothing has changed. */
  readonly quietFor: number;
  /** This many changes of the state … */
  readonly flapCount: number;
  /** … within this time are flapping. */
  readonly flapWindow: number;
}

/** The messages of one target with the same key, as they are stored. Times in ms since 1970. */
export interface AlertRecord {
  readonly sendType: SendType;
  readonly target: string;
  readonly key: string;
  /** Absent until a message of the key has a state. */
  readonly state?: 'firing' | 'ok' | 'info';
  /** When it began to fire; or else when its first message came. */
  readonly since: number;
  /** When it was closed. Absent while it fires, and if it never fired. */
  readonly closedAt?: number;
  /** How many messages it has had since `since`. */
  readonly count: number;
  readonly lastAt: number;
  /** The title of the last message. */
  readonly title: string;
  /** The priority of the last message that rang; 3 if it had none. */
  readonly priority: number;
  readonly rangAt: number;
  /**
   * The node that stores the message which rings. Absent once it is stored. If the node is gone, the message may be lost, and
   * the next one rings in its place.
   */
  readonly ringing?: string;
  /** When the state has changed lately, the latest last. At most `flapCount`. */
  readonly changes: readonly number[];
  readonly flapping?: true;
  readonly [field: string]: unknown;
}

/** A message of a key. */
export interface KeyedMessage {
  readonly sendType: SendType;
  readonly target: string;
  readonly key: string;
  readonly state: AlertState | undefined;
  readonly title: string;
  readonly priority: number;
  readonly ring: 'always' | 'never' | undefined;
}

/** What a message does to its alert. */
export interface Folded {
  readonly record: AlertRecord;
  readonly rings: boolean;
}

/** Whether the alert is firing. */
export function isOpen({ state }: Pick<AlertRecord, 'state'>): boolean {
  return state === 'firing';
}

/**
 * The state after a message. A key that has had a state fires unless the message says otherwise. News (`info`) about an alert
 * that fires leaves it open.
 */
function nextState(before: AlertRecord['state'], given: AlertState | undefined): AlertRecord['state'] {
  if (given === undefined) return before === undefined ? undefined : 'firing';
  if (given === 'info') return before === 'firing' ? 'firing' : 'info';
  return given === 'resolved' ? 'ok' : given;
}

/** Folds a message into its alert. @param lost whether the message that was to ring last may have been lost */
export function fold(
  before: AlertRecord | undefined,
  message: KeyedMessage,
  { now, lost, config }: { readonly now: number; readonly lost: boolean; readonly config: AlertsConfig },
): Folded {
  const { sendType, target, key, title, priority, ring } = message;
  const state = nextState(before?.state, message.state);
  const changed = before !== undefined && before.state !== state;
  // Changes in the future come from a clock that was set back since.
  const recent = (before?.changes ?? []).filter((at) => at <= now && at > now - config.flapWindow);
  const changes = (changed ? [...recent, now] : recent).slice(-config.flapCount);
  const wasFlapping = before?.flapping === true && recent.length > 0;
  const flapping = wasFlapping || changes.length >= config.flapCount;
  const rings = ring === 'always' || (ring !== 'never' && ringsAuto());

  function ringsAuto(): boolean {
    if (before === undefined || lost) return true;
    // The message that makes it flapping is the last one that rings.
    if (flapping) return !wasFlapping;
    const isQuiet = now - before.rangAt > config.quietFor || now < before.rangAt;
    return changed || priority > before.priority || isQuiet;
  }

  const opens = state === 'firing' && before?.state !== 'firing';
  const closes = before?.state === 'firing' && state !== 'firing';
  const closedAt = closes ? now : opens ? undefined : before?.closedAt;
  return {
    rings,
    record: {
      sendType,
      target,
      key,
      ...(state === undefined ? {} : { state }),
      since: before === undefined || opens ? now : before.since,
      ...(closedAt === undefined ? {} : { closedAt }),
      count: before === undefined || opens ? 1 : before.count + 1,
      lastAt: now,
      title: title === '' ? (before?.title ?? key) : title,
      priority: rings || before === undefined ? priority : before.priority,
      rangAt: rings ? now : (before?.rangAt ?? 0),
      changes,
      ...(flapping ? { flapping } : {}),
    },
  };
}
