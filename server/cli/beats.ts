// herald beats: lists heartbeats; pauses or removes one.
import type { BeatInfo } from '../../shared/api.ts';
import { durationText } from '../base/duration.ts';
import { type Command, UsageError } from './command.ts';
import { jsonLine, styleFor, table, timeText, visible, write } from './output.ts';
import { request, requestList } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer } from './server-access.ts';

/** What each action asks for, and what it has done. */
const ACTIONS = {
  pause: { method: 'POST', end: '/pause', done: 'is paused until its next sign' },
  remove: { method: 'DELETE', end: '', done: 'is removed' },
} as const;

function isAction(word: string): word is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, word);
}

/** Lists heartbeats, or changes one. */
export const beats: Command = {
  help: `usage: herald beats [list] [--target NAME]
       herald beats pause|remove ID

Lists the heartbeats, the latest made first; pauses one until its next sign, or removes it.

  --target NAME   only those that tell this device or group
  --json          print one JSON object per line
${ACCESS_HELP}
Exit code: 0 done, 1 failed, 2 wrong options, 4 no such heartbeat
`,
  options: { ...accessOptions, target: { type: 'string' } },
  words: ['list|pause|remove?', 'ID?'],
  async run(parsed, io) {
    const [word = 'list', id] = parsed.words;
    if (word !== 'list' && (id ?? '') === '') throw new UsageError(['<ID> is missing']);
    if (word === 'list' && id !== undefined) throw new UsageError([`unexpected ${id}`]);
    const server = await findServer(parsed, io);
    const { signal } = io;
    if (isAction(word)) {
      const { method, end, done } = ACTIONS[word];
      const answer = await request(server, { method, path: `/v1/beats/${encodeURIComponent(id ?? '')}${end}`, signal });
      await write(io.stdout, parsed.flag('json') ? jsonLine(answer) : `${visible(id ?? '')} ${done}\n`);
      return 0;
    }

    const target = parsed.value('target');
    const query = { ...(target === undefined ? {} : { target }) };
    const found = await requestList<BeatInfo>(server, '/v1/beats', 'beats', query, signal);
    if (parsed.flag('json')) await write(io.stdout, found.map(jsonLine).join(''));
    else if (found.length === 0) await write(io.stdout, 'there are no heartbeats\n');
    else await write(io.stdout, table([HEADING, ...found.map(row)], styleFor(io.stdout, io.env)));
    return 0;
  },
};

const HEADING = ['ID', 'STATE', 'LAST SIGN', 'EXPECTED', 'TARGET', 'KEY'];

function row({ id, state, lastAt, every, cron, tz, target, key }: BeatInfo): string[] {
  const expected = cron === undefined ? `every ${durationText(every ?? 0)}` : `${cron} ${tz ?? ''}`;
  return [id, state, timeText(lastAt), expected, target, key];
}
