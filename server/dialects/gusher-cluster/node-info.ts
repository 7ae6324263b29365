// What this node says of itself, as a slave of gusher.cluster reported to its master.
import { availableParallelism, networkInterfaces } from 'node:os';
import type { Clock } from '../../base/clock.ts';

/** The interval in s of the sample config; what is answered here is always of this moment. */
const SEND_INTERVAL = '5';

/** What a report is made of. */
export interface NodeFacts {
  readonly clock: Clock;
  readonly version: string;
  /** Port of the sockets. */
  readonly port: number;
  readonly connections: number;
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

/** All reports by `<ip>@:<port>`: that of this node. */
export function nodeInfos({ clock, version, port, connections }: NodeFacts): Readonly<Record<string, object>> {
  const ip = ownAddress();
  const listen = `:${port}`;
  return {
    [`${ip}@${listen}`]: {
      ip,
      local_listen: listen,
      version,
      runtime_version: `node${process.version.slice(1)}`,
      cpu: availableParallelism(),
      'usage-memory': process.memoryUsage.rss(),
      // What keeps the event loop busy comes closest to goroutines.
      goroutines: process.getActiveResourcesInfo().length,
      connections,
      send_interval: SEND_INTERVAL,
      update_time: Math.floor(clock.now() / 1000),
    },
  };
}
