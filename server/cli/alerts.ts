// herald alerts: lists alerts, or closes one.
import type { AlertInfo } from '../../shared/api.ts';
import { type Command, UsageError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request, requestList } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** Lists alerts, or closes one. */
export const alerts: Command = {
  help: `usage: herald alerts [list] [--all] [--target NAME]
       herald alerts close ID

Lists the alerts that are open, the latest first, or closes one by hand.

  --all           also list those that are closed
  --target NAME   only alerts of this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such alert
`,
  options: { ...accessOptions, all: { type: 'boolean' }, target: { type: 'string' } },
  words: ['list|close?', 'ID?'],
  async run(parsed, io) {
    const [action = 'list', id] = parsed.words;
    if (action === 'close' && (id ?? '') === '') throw new UsageError(['<ID> is missing']);
    if (action === 'list' && id !== undefined) throw new UsageError([`unexpected ${id}`]);
    const server = await findServer(parsed, io);
    const { signal } = io;
    if (action === 'close') {
      const path = `/v1/alerts/${encodeURIComponent(id ?? '')}/close`;
      const answer = await request(server, { method: 'POST', path, signal });
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${visible(id ?? '')} is closed\n`);
      return 0;
    }

    const target = parsed.value('target');
    const query = { open: parsed.flag('all') ? '0' : '1', ...(target === undefined ? {} : { target }) };
    const found = await requestList<AlertInfo>(server, '/v1/alerts', 'alerts', query, signal);
    if (parsed.flag('json')) await write(io.stdout, found.map(jsonLine).join(''));
    else if (found.length === 0) await write(io.stdout, 'nothing is open\n');
    else await write(io.stdout, table([HEADING, ...found.map(row)], styleFor(io.stdout, io.env)));
    return 0;
  },
};

const HEADING = ['ID', 'STATE', 'SINCE', 'COUNT', 'TARGET', 'KEY', 'TITLE'];

function row({ id, state, flapping, since, count, target, key, title }: AlertInfo): string[] {
  return [id, flapping ? 'flapping' : (state ?? ''), timeText(since), String(count), target, key, title];
}
