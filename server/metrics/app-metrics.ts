// Reads the numbers of each app at each scrape.
import type { Apps } from '../channel/apps.ts';
import type { Channels } from '../channel/channels.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import type { AppMetrics } from './metrics.ts';

/** What {@link readAppMetrics} reads. */
export interface AppMetricSources {
  readonly apps: Pick<Apps, 'list'>;
  readonly channels: Pick<Channels, 'occupied'>;
  readonly dialects: readonly OpenDialect[];
}

/** Reads the numbers of every known app, and of apps that exist only while they have sockets. */
export function readAppMetrics({ apps, channels, dialects }: AppMetricSources): Promise<AppMetrics[]> {
  const connections = new Map(apps.list().map(({ id }) => [id, 0]));
  for (const { running } of dialects) {
    // All sockets of an app belong to one dialect, so there is nothing to add up.
    for (const [id, count] of running.connections?.() ?? []) connections.set(id, count);
  }
  const measured = [...connections].map(async ([id, count]) => {
    const occupied = await channels.occupied({ id });
    return { id, connections: count, channels: occupied.length };
  });
  return Promise.all(measured);
}
