// What a node of a test says of itself.
import type { NodeFacts, NodeFigures } from '../../server/nodes.ts';

/** The facts, under a name. */
export const factsOf = (name: string): NodeFacts => ({
  name,
  version: '1.2.3',
  address: '192.0.2.7',
  port: 80,
  socketPort: 81,
  config: 'c0ffee',
  runtime: '20.19.0',
  cpus: 2,
});

/** The figures. */
export const FIGURES: NodeFigures = {
  sockets: 3,
  connections: { pusher: 2 },
  queued: 1,
  draining: false,
  memory: 1000,
  handles: 12,
};
