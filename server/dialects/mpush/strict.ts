// The HTTP status of a strict send.
import type { Statuses } from '../../delivery/reply.ts';

/** 404 if every recipient is unknown, 422 if delivery to every recipient has failed, otherwise 200. */
export function strictStatus(statuses: Statuses): number {
  const all = [...statuses.values()];
  if (all.every((status) => status === 'no')) return 404;
  return all.every((status) => status === 'failed') ? 422 : 200;
}
