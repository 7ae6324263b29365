// herald nodes: lists the nodes of the relay.
import type { NodeInfo, RedisInfo } from '../../shared/api.ts';
import { type Command, CommandError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Lists the nodes. */
export const nodes: Command = {
  help: `usage: herald nodes

Lists the nodes of the relay: where each is, how much it does, and whether it is closing. Without Redis there is one.

SHARDS are the parts of the work that a node has, of 64. QUEUED are the deliveries that it still has to make. LAG is how
late its event loop is. One node answered this command.

  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options
`,
  options: accessOptions,
  words: [],
  async run(parsed, io) {
    const server = await findServer(parsed, io);
    const { nodes: listed, redis } = await request(server, { method: 'GET', path: '/v1/nodes', signal: io.signal });
    if (!Array.isArray(listed)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
    if (parsed.flag('json')) {
      await write(io.stdout, listed.map(jsonLine).join(''));
      return 0;
    }
    const configs = new Set(listed.map(({ config }: NodeInfo) => config));
    const rows = listed.map((node: NodeInfo) => row(node, configs.size > 1));
    await write(io.stdout, table([HEADING, ...rows], styleFor(io.stdout, io.env)) + redisLine(redis));
    return 0;
  },
};

const HEADING = ['NAME', 'ADDRESS', 'VERSION', 'STARTED', 'SEEN', 'SOCKETS', 'SHARDS', 'QUEUED', 'LAG', 'STATE'];

/** What the nodes share, in a line of its own. */
function redisLine(redis: unknown): string {
  if (redis === undefined) return '';
  const { version, mode, durability, promise } = redis as RedisInfo;
  return `\n${visible(`Redis ${version} (${mode}), durability "${durability}": ${promise}`)}\n`;
}

/** @param differs whether the nodes have different configs, so that it helps to show which one each has */
function row(node: NodeInfo, differs: boolean): string[] {
  const state = [
    node.draining ? 'closing' : 'ok',
    ...(node.self ? ['answered this'] : []),
    ...(differs ? [`config ${node.config}`] : []),
  ];
  const counts = [node.sockets, node.shards, node.queued].map(String);
  const times = [timeText(node.started), timeText(node.seen)];
  return [node.name, node.address, node.version, ...times, ...counts, `${node.lag} ms`, state.join(', ')];
}
