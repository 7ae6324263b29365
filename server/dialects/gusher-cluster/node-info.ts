// A description of this node, in the form in which a slave of gusher.cluster reports to its master.
import { availableParallelism, networkInterfaces } from 'node:os';
import type { Clock } from '../../base/clock.ts';

/** In s, as in the sample config. The answer here is always current. */
const SEND_INTERVAL = '5';

/** What a report needs. */
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

/** The reports of all nodes by `<ip>@:<port>`, which is only this node's. */
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
      // Node's nearest thing to goroutines is what keeps its event loop alive.
      goroutines: process.getActiveResourcesInfo().length,
      connections,
      send_interval: SEND_INTERVAL,
      update_time: Math.floor(clock.now() / 1000),
    },
  };
}
