import { backendContract } from './contract.ts';
import { breakingNode } from './redis/breaking.ts';
import { crossedNodes, oneNode, shareRedis } from './redis/harness.ts';

/** The connection of the n-th test breaks at the n-th command, from the first to this one, and then from the first again. */
const COMMANDS = 20;
/** With `HERALD_BREAKS=20`, every test runs with each of these commands: 20 times as long. */
const ROUNDS = Number(process.env['HERALD_BREAKS'] ?? 1);

describe('on Redis', () => {
  const place = shareRedis();
  backendContract('with one node', oneNode(place));
  backendContract('with two nodes', crossedNodes(place));
  for (let round = 0; round < ROUNDS; round += 1) {
    let tests = round;
    const nextBreak = () => {
      tests += 1;
      return { command: 1 + (tests % COMMANDS), moment: 'after' as const };
    };
    backendContract('on a connection that breaks', breakingNode(place, nextBreak));
  }
});
