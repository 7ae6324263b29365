// What is measured of the apps of a relay, read at each scrape.
import type { Apps } from '../channel/apps.ts';
import type { Channels } from '../channel/channels.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import type { AppMetrics } from './metrics.ts';

/** Where the numbers come from. */
export interface AppMetricSources {
  readonly apps: Pick<Apps, 'list'>;
  readonly channels: Pick<Channels, 'occupied'>;
  readonly dialects: readonly OpenDialect[];
}

/** Measures every known app, and those that exist only while a dialect has sockets of them. */
export function readAppMetrics({ apps, channels, dialects }: AppMetricSources): AppMetrics[] {
  const connections = new Map(apps.list().map(({ id }) => [id, 0]));
  for (const { running } of dialects) {
    // The sockets of an app all belong to one dialect.
    for (const [id, count] of running.connections?.() ?? []) connections.set(id, count);
  }
  return [...connections].map(([id, count]) => ({
    id,
    connections: count,
    channels: channels.occupied({ id }).length,
  }));
}
