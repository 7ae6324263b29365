// The public states of a delivery, their order, and their names in the two versions of mpush.

/**
 * The state of one delivery, in mpush 2.1's words (the spelling `comfirm` is part of the wire). `held` is `ready` on the wire:
 * the device has quiet hours or has muted the sender, so the relay sends no push.
 */
export type Status =
  | 'no'
  | 'ready'
  | 'held'
  | 'wait'
  | 'webpush-wait'
  | 'fcm-wait'
  | 'webpush-ok'
  | 'fcm-ok'
  | 'webpush-ok-comfirm'
  | 'fcm-ok-comfirm'
  | 'failed'
  | 'ok';

/** Rank of each status: a delivery never moves to a lower one. `failed` ends the wait, so only `ok` is above it. */
export const STATUS_RANK: Readonly<Record<Status, number>> = {
  no: 0,
  ready: 1,
  held: 2,
  wait: 3,
  'webpush-wait': 4,
  'fcm-wait': 4,
  'webpush-ok': 5,
  'fcm-ok': 5,
  'webpush-ok-comfirm': 6,
  'fcm-ok-comfirm': 6,
  failed: 7,
  ok: 8,
};

/** True once the relay tries nothing more: `no`, `failed`, `ok`. */
export function isSettled(status: Status): boolean {
  return status === 'ok' || status === 'failed' || status === 'no';
}

/** True once the device is known to have the message, even if it did not acknowledge the message itself. */
export function isReceived(status: Status): boolean {
  return status === 'ok' || status === 'webpush-ok-comfirm' || status === 'fcm-ok-comfirm';
}

/** True while the relay sends a push or retries it. */
export function isPushing(status: Status): boolean {
  return status === 'webpush-wait' || status === 'fcm-wait';
}

/** The recipients whose push is held back. */
export function heldOf(statuses: ReadonlyMap<string, Status>): string[] {
  const held: string[] = [];
  for (const [name, status] of statuses) if (status === 'held') held.push(name);
  return held;
}

/** The version of mpush whose names of the push statuses are used. */
export type StatusNames = '2.1' | '2.2';

const NAMES_2_2: Partial<Record<Status, string>> = {
  'webpush-ok': 'webpush-send',
  'webpush-ok-comfirm': 'webpush-ok',
  'fcm-ok': 'fcm-send',
  'fcm-ok-comfirm': 'fcm-ok',
};

/** The name of a status on the wire. */
export function statusName(status: Status, names: StatusNames): string {
  if (status === 'held') return 'ready';
  return names === '2.2' ? (NAMES_2_2[status] ?? status) : status;
}
