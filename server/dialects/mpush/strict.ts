// The HTTP status of a strict send.
import type { Published } from '../../messages/publish-now.ts';

/** 404 if every recipient is unknown, 422 if delivery to every recipient has failed, otherwise 200. */
export function strictStatus({ statuses, scheduled }: Pick<Published, 'statuses' | 'scheduled'>): number {
  // Its recipients are known when it is due.
  if (scheduled !== undefined) return 200;
  const all = [...statuses.values()];
  if (all.every((status) => status === 'no')) return 404;
  return all.every((status) => status === 'failed') ? 422 : 200;
}
