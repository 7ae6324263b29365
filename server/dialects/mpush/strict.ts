// The status of a send that asked to fail where nobody gets it. The body stays mpush's.
import type { Statuses } from '../../delivery/reply.ts';

/** 404 where nobody is reached, 422 where every recipient has failed, else 200. */
export function strictStatus(statuses: Statuses): number {
  const all = [...statuses.values()];
  if (all.every((status) => status === 'no')) return 404;
  return all.every((status) => status === 'failed') ? 422 : 200;
}
