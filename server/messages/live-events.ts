// What happens to messages after they were sent, for those who listen to their target without being a device.
import type { JsonObject } from '../../shared/object.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';

/**
 * `update`: an alert changed. `clear`: the notifications of a key are to go away. `delete`: its messages are removed.
 * `answer`: a question was settled. `read`: a message was read on some device. `poll`: listeners are to look for messages.
 */
export const LIVE_EVENTS = ['update', 'clear', 'delete', 'answer', 'read', 'poll'] as const;

/** Something that happened to messages of a target. */
export interface LiveEvent {
  readonly kind: (typeof LIVE_EVENTS)[number];
  readonly target: string;
  /** What listeners are told, in the names of the relay's own interface. */
  readonly data: JsonObject;
}

/**
 * Tells those who listen to the target, on all nodes. Those who do not listen at the moment are not told later.
 * Rejects with RelayError `unavailable` if the other nodes cannot be reached.
 */
export type TellListeners = (event: LiveEvent) => MaybePromise<void>;
