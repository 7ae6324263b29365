// Statuses as the small integers that the message log stores, and conditions and lists of codes that follow from the ranks.
import { isReceived, isSettled, STATUS_RANK, type Status } from '../../../shared/status.ts';

/** The codes are on disk, so their meaning never changes, even if the ranks do. */
const CODES: Readonly<Record<Status, number>> = {
  no: 0,
  ready: 1,
  // No delivery was ever stored as `wait`, so `held` has its code (docs/decisions/0026-the-relay-keeps-quiet-hours.md).
  wait: 2,
  held: 2,
  'webpush-wait': 3,
  'fcm-wait': 4,
  'webpush-ok': 5,
  'fcm-ok': 6,
  'webpush-ok-comfirm': 7,
  'fcm-ok-comfirm': 8,
  failed: 9,
  ok: 10,
};

/** Every status. */
export const STATUSES = Object.keys(CODES) as Status[];

const BY_CODE = new Map(STATUSES.map((status) => [CODES[status], status]));

const list = (statuses: readonly Status[]) => statuses.map((status) => CODES[status]).join(', ');

/**
 * Codes of settled deliveries that the device has removed from its history, by the code of their status. They are above all
 * others.
 */
export const REMOVED: ReadonlyMap<number, number> = new Map([
  [CODES.ok, 11],
  [CODES.failed, 12],
]);

/** The lowest of these codes. */
export const LEAST_REMOVED = Math.min(...REMOVED.values());

for (const [code, removed] of REMOVED) {
  const status = BY_CODE.get(code);
  if (status !== undefined) BY_CODE.set(removed, status);
}

/** The stored form of a status. */
export function codeOf(status: Status): number {
  return CODES[status];
}

/** The status behind a stored code; undefined for a code that this version does not know. */
export function statusOf(code: number): Status | undefined {
  return BY_CODE.get(code);
}

const unsettled = STATUSES.filter((status) => !isSettled(status)).map(codeOf);

/**
 * The SQL condition for the statuses of deliveries that are still being tried. No settled status lies between its bounds,
 * and SQLite is faster with two bounds than with a list.
 */
export const UNSETTLED = `BETWEEN ${Math.min(...unsettled)} AND ${Math.max(...unsettled)}`;

/** The codes, as an SQL list, of the statuses that prove that the device has the message. */
export const RECEIVED_CODES = list(STATUSES.filter(isReceived));

/** The codes of the statuses that a delivery may leave for this one; none for the lowest. */
export function codesBelow(status: Status): ReadonlySet<number> {
  const below = STATUSES.filter((other) => !isSettled(other) && STATUS_RANK[other] < STATUS_RANK[status]);
  return new Set(below.map(codeOf));
}
