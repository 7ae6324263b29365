import { backendContract } from './contract.ts';
import { crossedNodes, oneNode, shareRedis } from './redis/harness.ts';

describe('on Redis', () => {
  const place = shareRedis();
  backendContract('with one node', oneNode(place));
  backendContract('with two nodes', crossedNodes(place));
});
