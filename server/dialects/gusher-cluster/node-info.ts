// Describes the nodes, in the form in which a slave of gusher.cluster reports to its master.
import type { NodeRecord } from '../../nodes.ts';

/** In seconds, as in the sample config. It means nothing here, because the relay's answer is always current. */
const SEND_INTERVAL = '5';

/** The reports of all nodes by `<ip>@:<port>`, where the port is that of the sockets. */
export function nodeInfos(nodes: readonly NodeRecord[], dialect: string): Readonly<Record<string, object>> {
  return Object.fromEntries(
    nodes.map((node) => {
      const listen = `:${node.socketPort}`;
      const info = {
        ip: node.address,
        local_listen: listen,
        version: node.version,
        runtime_version: `node${node.runtime}`,
        cpu: node.cpus,
        'usage-memory': node.memory,
        // Node has no goroutines. What keeps its event loop alive comes closest.
        goroutines: node.handles,
        connections: node.connections[dialect] ?? 0,
        send_interval: SEND_INTERVAL,
        update_time: Math.floor(node.seen / 1000),
      };
      return [`${node.address}@${listen}`, info];
    }),
  );
}
