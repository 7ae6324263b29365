// What this node says of itself to the others and to people.
import { availableParallelism, hostname } from 'node:os';
import { sha256 } from '../base/digest.ts';
import type { Logger } from '../base/logger.ts';
import { networkAddress } from '../base/network-address.ts';
import type { Config } from '../config/schema.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import type { NodeFacts, NodeFigures, Nodes } from '../nodes.ts';

/**
 * A digest of the sections that have to be the same on all nodes. It tells two configs apart, and nothing of what is in them:
 * the relay's token is in it too, which no one can guess.
 */
export function fingerprint({ apps, keys, webhook, gusher, gusherCluster, quiet }: Config, token: string): string {
  const shared = JSON.stringify([
    apps,
    keys,
    webhook.clients,
    gusher,
    gusherCluster,
    token,
    ...(quiet === undefined ? [] : [quiet]),
  ]);
  return sha256('config of all nodes', shared).toString('hex').slice(0, 12);
}

/** The name of a node: from the config, or its host name and port. */
export function nodeName({ node, http }: Config, port = http.port): string {
  return node.name ?? `${hostname()}:${port}`;
}

/** The facts of a node that listens on these ports. */
export function nodeFacts(
  config: Config,
  ports: { readonly http: number; readonly websocket: number },
  { version, token }: { readonly version: string; readonly token: string },
): NodeFacts {
  return {
    name: nodeName(config, ports.http),
    version,
    address: config.node.address ?? networkAddress() ?? '127.0.0.1',
    port: ports.http,
    socketPort: ports.websocket,
    config: fingerprint(config, token),
    runtime: process.versions.node,
    cpus: availableParallelism(),
  };
}

/** Warns if other nodes have another config. Every node looks when it starts, so that each difference is told once. */
export async function compareConfigs(nodes: Nodes, config: string, logger: Logger): Promise<void> {
  const all = await nodes.list();
  const others = all.filter((node) => node.id !== nodes.self && node.config !== config).map(({ name }) => name);
  if (others.length === 0) return;
  const node = all.find(({ id }) => id === nodes.self)?.name;
  const text =
    'apps, keys, webhook.clients, gusher, gusherCluster or quiet differ from those of other nodes; give all nodes the same';
  logger.warn({ node, others }, text);
}

/** What the figures are read from. */
export interface FigureSources {
  sockets(): number;
  queued(): number;
  draining(): boolean;
  readonly dialects: readonly OpenDialect[];
}

/** Reads the figures of this node. */
export function readFigures({ sockets, queued, draining, dialects }: FigureSources): NodeFigures {
  const connections: Record<string, number> = {};
  for (const { name, running } of dialects) {
    let count = 0;
    for (const [, sockets] of running.connections?.() ?? []) count += sockets;
    if (running.connections !== undefined) connections[name] = count;
  }
  return {
    sockets: sockets(),
    connections,
    queued: queued(),
    draining: draining(),
    memory: process.memoryUsage.rss(),
    handles: process.getActiveResourcesInfo().length,
  };
}
