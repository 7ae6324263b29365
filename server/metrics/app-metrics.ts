// Reads the numbers of each app at each scrape.
import { RelayError } from '../base/errors.ts';
import type { Apps } from '../channel/apps.ts';
import type { Channels } from '../channel/channels.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import type { SharedRedis } from '../nodes.ts';
import type { AppMetrics } from './metrics.ts';

/** What {@link readAppMetrics} reads. */
export interface AppMetricSources {
  readonly apps: Pick<Apps, 'list'>;
  readonly channels: Pick<Channels, 'occupied'>;
  readonly dialects: readonly OpenDialect[];
  readonly redis: Pick<SharedRedis, 'countsForAll'> | undefined;
}

/** Reads the numbers of every known app, and of apps that exist only while they have sockets. */
export function readAppMetrics({ apps, channels, dialects, redis }: AppMetricSources): Promise<AppMetrics[]> {
  const connections = new Map(apps.list().map(({ id }) => [id, 0]));
  for (const { running } of dialects) {
    // All sockets of an app belong to one dialect, so there is nothing to add up.
    for (const [id, count] of running.connections?.() ?? []) connections.set(id, count);
  }
  const measured = [...connections].map(async ([id, count]) => {
    // Channels are those of all nodes. Only one of the nodes reports them, so that sums are right.
    if (redis?.countsForAll() === false) return { id, connections: count };
    try {
      return { id, connections: count, channels: (await channels.occupied({ id })).length };
    } catch (error) {
      // A scrape has to say that Redis is away.
      if (error instanceof RelayError) return { id, connections: count };
      throw error;
    }
  });
  return Promise.all(measured);
}
