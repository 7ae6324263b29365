// What the channel tests share: a recording connection, a registry on a local bus, and a clock that the test moves.
import { createClock } from '@sinonjs/fake-timers';
import type { Clock } from '../../server/base/clock.ts';
import { createLocalBus } from '../../server/bus.ts';
import { type AppOptions, createApp } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { createChannels } from '../../server/channel/channels.ts';
import type { ChannelEvent, Connection, PublishedEvent } from '../../server/channel/connection.ts';
import type { Edge } from '../../server/channel/edges.ts';

export interface Recorder extends Connection {
  readonly events: ChannelEvent[];
  /** What came together, by delivery. */
  readonly deliveries: (readonly ChannelEvent[])[];
  /** `<channel of the subscription> <name> <data>` per event, then emptied. */
  take(): string[];
}

export function recorder(id: string): Recorder {
  const events: ChannelEvent[] = [];
  const deliveries: (readonly ChannelEvent[])[] = [];
  const lines: string[] = [];
  return {
    id,
    events,
    deliveries,
    deliver(together, channel) {
      deliveries.push(together);
      events.push(...together);
      for (const { name, data } of together) lines.push(`${channel} ${name} ${data}`);
    },
    close() {},
    take: () => lines.splice(0),
  };
}

export function fakeClock() {
  const time = createClock(1_700_000_000_000);
  const clock: Clock = {
    now: () => time.now,
    monotonic: () => time.now - 1_699_999_990_000,
    setTimeout: (run, ms) => time.setTimeout(run, ms),
    clearTimeout: (timer) => time.clearTimeout(timer as number),
  };
  return { time, clock };
}

/** An app `a` with the options given, its registry, and every edge as `type channel [user]`. */
export function setUp(options: Partial<AppOptions> = {}) {
  const { time, clock } = fakeClock();
  const app = createApp({ id: 'a', keys: [{ key: 'k', secret: 's', active: true }], ...options });
  const apps = createApps([app]);
  const bus = createLocalBus<PublishedEvent>();
  const channels = createChannels({ apps, bus, clock });
  const edges: string[] = [];
  channels.onEdge((edge) => edges.push(edgeText(edge)));
  return { app, apps, bus, channels, edges, time };
}

export function edgeText(edge: Edge): string {
  return `${edge.type} ${edge.channel}${'userId' in edge ? ` ${edge.userId}` : ''}`;
}

/** A publisher's event that names no channel. */
export function event(name: string, data = ''): PublishedEvent {
  return { type: 'event', name, data };
}
