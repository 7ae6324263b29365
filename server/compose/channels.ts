// Builds the live side of a relay: apps, channels, users and their metrics.

import { toApp } from '../apps/app-config.ts';
import { createAppRegistry } from '../apps/registry.ts';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App } from '../channel/app.ts';
import { createApps } from '../channel/apps.ts';
import { type Channels, createChannels } from '../channel/channels.ts';
import { createEventTap } from '../channel/event-tap.ts';
import { relayApp } from '../channel/relay-app.ts';
import { createSharedChannels } from '../channel/shared-channels.ts';
import { createUsers } from '../channel/users.ts';
import type { Config } from '../config/schema.ts';
import type { Socket } from '../dialects/dialect.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { randomKey } from './secrets.ts';

/** What the live side needs. */
export interface ChannelSideParts {
  readonly backend: Backend;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined if metrics are off. */
  readonly metrics: Metrics | undefined;
}

/** Makes the live side of a relay. */
export async function composeChannels({ backend, config, clock, logger, metrics }: ChannelSideParts) {
  const { activityTimeout, pongTimeout } = config.websocket;
  const times = { activityTimeoutSec: activityTimeout / 1000, pongTimeoutSec: pongTimeout / 1000 };
  const key = await backend.secrets.get('relayKey', randomKey(12));
  const app: App = relayApp(key, await backend.secrets.get('relaySecret', randomKey(24)), times);
  const apps = createApps([app, ...config.apps.map((one) => toApp(one, config.websocket, clock.now()))]);
  const appRegistry = await createAppRegistry({ apps, store: backend.apps, times: config.websocket, clock, logger });

  const { bus, occupancy } = backend;
  const eventTap = createEventTap();
  const ports = { apps, bus, clock, meter: metrics, tap: eventTap };
  const channels: Channels =
    occupancy === undefined ? createChannels(ports) : createSharedChannels({ ...ports, occupancy });
  apps.onChange((id, changed) => {
    if (changed !== undefined) return;
    channels.forget(id);
    metrics?.forget(id);
  });
  return { app, apps, appRegistry, channels, eventTap, users: createUsers<Socket>(clock, backend.users) };
}

/** The live side of a relay. */
export type ChannelSide = Awaited<ReturnType<typeof composeChannels>>;
