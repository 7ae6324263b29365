// Describes this node, in the form in which a slave of gusher.cluster reports to its master.
import { availableParallelism } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import { networkAddress } from '../../base/network-address.ts';

/** In seconds, as in the sample config. It means nothing here, because the relay's answer is always current. */
const SEND_INTERVAL = '5';

/** What a report needs. */
export interface NodeFacts {
  readonly clock: Clock;
  readonly version: string;
  /** Port of the sockets. */
  readonly port: number;
  readonly connections: number;
}

/** The reports of all nodes by `<ip>@:<port>`. There is only this node's. */
export function nodeInfos({ clock, version, port, connections }: NodeFacts): Readonly<Record<string, object>> {
  const ip = networkAddress() ?? '127.0.0.1';
  const listen = `:${port}`;
  return {
    [`${ip}@${listen}`]: {
      ip,
      local_listen: listen,
      version,
      runtime_version: `node${process.version.slice(1)}`,
      cpu: availableParallelism(),
      'usage-memory': process.memoryUsage.rss(),
      // Node has no goroutines. What keeps its event loop alive comes closest.
      goroutines: process.getActiveResourcesInfo().length,
      connections,
      send_interval: SEND_INTERVAL,
      update_time: Math.floor(clock.now() / 1000),
    },
  };
}
