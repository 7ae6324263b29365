// The nodes of the relay, for its owner.
import type { NodeInfo, NodeList } from '../../shared/api.ts';
import { json } from '../dialects/kit/http-message.ts';
import { callerOf, requireOwner } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { nodeList } from './schemas/owner.ts';

const LIST = { summary: 'The live nodes of the relay.', callers: 'token', answers: { 200: nodeList } };

/** Creates the route. */
export function nodesRoutes(ports: Pick<ApiPorts, 'access' | 'nodes' | 'redis'>): ApiRoute[] {
  const { nodes, redis } = ports;
  return [
    route('GET', '/v1/nodes', LIST, async (request) => {
      requireOwner(await callerOf(request, ports), 'the list of nodes needs the token of the relay');
      const list = (await nodes.list()).map(
        (node): NodeInfo => ({
          id: node.id,
          name: node.name,
          self: node.id === nodes.self,
          version: node.version,
          started: node.started,
          seen: node.seen,
          address: `${node.address.includes(':') ? `[${node.address}]` : node.address}:${node.port}`,
          sockets: node.sockets,
          shards: node.shards,
          queued: node.queued,
          lag: node.lag,
          draining: node.draining,
          config: node.config,
        }),
      );
      const shared = redis === undefined ? {} : { redis: { ...redis.info(), nodes: list.length } };
      return json({ nodes: list, ...shared } satisfies NodeList);
    }),
  ];
}
