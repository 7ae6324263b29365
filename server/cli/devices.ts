// herald devices: lists the known devices, removes one, ends that one manages the relay, or says when one stays silent.
import type { DeviceInfo } from '../../shared/api.ts';
import { type Command, CommandError, UsageError } from './command.ts';
import { QUIET_HELP, quietBody, quietOptions, quietText } from './device-quiet.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Lists the devices, or changes one. */
export const devices: Command = {
  help: `usage: herald devices [list]
       herald devices remove|rm NAME [--paired]
       herald devices demote NAME
       herald devices quiet NAME --from TIME --to TIME | --off | --default
       herald devices mute|unmute NAME --sender|--group|--key NAME

Lists the devices of the relay, or removes one with its queue, its push subscriptions and its tokens. demote ends
that a device manages the relay; it stays paired. quiet sets when a device gets no notifications, and mute what it
gets none of.

  --paired        also remove the devices that it paired, and those that they paired
${QUIET_HELP}  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such device
`,
  options: { ...accessOptions, paired: { type: 'boolean' }, ...quietOptions },
  words: ['list|remove|rm|demote|quiet|mute|unmute?', 'NAME?'],
  async run(parsed, io) {
    const [word = 'list', name] = parsed.words;
    const action = word === 'rm' ? 'remove' : word;
    if (action !== 'list' && (name ?? '') === '') throw new UsageError(['<NAME> is missing']);
    if (action !== 'remove' && parsed.flag('paired')) throw new UsageError(['--paired goes with remove']);
    if (action === 'list' && name !== undefined) throw new UsageError([`unexpected ${name}`]);
    const body = quietBody(action, parsed);
    const server = await findServer(parsed, io);
    const { signal } = io;

    if (body !== undefined) {
      const path = `/v1/devices/${encodeURIComponent(name ?? '')}`;
      const answer = await request(server, { method: 'PATCH', path, body, signal });
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${quietText(answer)}\n`);
      return 0;
    }

    if (action === 'remove' && name !== undefined) {
      const query = parsed.flag('paired') ? '?paired=1' : '';
      const path = `/v1/devices/${encodeURIComponent(name)}${query}`;
      const answer = await request(server, { method: 'DELETE', path, signal });
      const removed = [name, ...(Array.isArray(answer['paired']) ? answer['paired'].map(String) : [])];
      const text = removed.map((one) => `${visible(one)} is removed\n`).join('');
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : text);
      return 0;
    }

    if (action === 'demote' && name !== undefined) {
      const path = `/v1/devices/${encodeURIComponent(name)}/manage`;
      const answer = await request(server, { method: 'DELETE', path, signal });
      const text = `${visible(name)} manages the relay no longer\n`;
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : text);
      return 0;
    }

    const { devices: listed } = await request(server, { method: 'GET', path: '/v1/devices', signal });
    if (!Array.isArray(listed)) throw new CommandError(`${server.http} does not answer as a Herald relay does`);
    if (parsed.flag('json')) await write(io.stdout, listed.map(jsonLine).join(''));
    else if (listed.length === 0) await write(io.stdout, 'no device is known yet\n');
    else await write(io.stdout, table([HEADING, ...listed.map(row)], styleFor(io.stdout, io.env)));
    return 0;
  },
};

const HEADING = [
  'NAME',
  'GROUPS',
  'ROUTES',
  'ONLINE',
  'QUEUED',
  'LAST RECEIVED',
  'KNOWN SINCE',
  'PAIRED BY',
  'MANAGES',
];

function row(device: DeviceInfo): string[] {
  const { name, groups, routes, online, queued, lastReceivedAt, createdAt, pairedBy = '', manage } = device;
  const received = lastReceivedAt === null ? 'never' : timeText(lastReceivedAt);
  const reached = [routes.join(', '), online ? 'yes' : 'no', String(queued)];
  return [name, groups.join(', '), ...reached, received, timeText(createdAt), pairedBy, manage ? 'yes' : ''];
}
