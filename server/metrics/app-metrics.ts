// What is measured of the apps of a relay.
import type { Apps } from '../channel/apps.ts';
import type { Channels } from '../channel/channels.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import type { AppFigures } from './metrics.ts';

/** Where the figures come from. */
export interface FigureSources {
  readonly apps: Pick<Apps, 'list'>;
  readonly channels: Pick<Channels, 'occupied'>;
  readonly dialects: readonly OpenDialect[];
}

/** The figures of every app that is known, and of those that are there only as long as a dialect has sockets of them. */
export function figuresOf({ apps, channels, dialects }: FigureSources): AppFigures[] {
  const connections = new Map(apps.list().map(({ id }) => [id, 0]));
  for (const { running } of dialects) {
    // The sockets of an app are all of one dialect.
    for (const [id, count] of running.connections?.() ?? []) connections.set(id, count);
  }
  return [...connections].map(([id, count]) => ({
    id,
    connections: count,
    channels: channels.occupied({ id }).length,
  }));
}
