// The HTTP status of a strict send.
import type { Statuses } from '../../delivery/reply.ts';

/** 404 if no one is reached, 422 if every recipient has failed, otherwise 200. */
export function strictStatus(statuses: Statuses): number {
  const all = [...statuses.values()];
  if (all.every((status) => status === 'no')) return 404;
  return all.every((status) => status === 'failed') ? 422 : 200;
}
